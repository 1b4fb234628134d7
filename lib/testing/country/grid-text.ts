import { blockBytes } from '../byte-source.ts'
import type { Format } from '../content-types.ts'
import { csvCell, markup } from '../formats.ts'
import type { UnmeasuredBytes } from '../reply.ts'
import type { Answer } from './analytics.ts'

/** An answer in a format, made as it is read: no more than a block of it is held. */
export function gridText(answer: Answer, format: Format): UnmeasuredBytes {
  return { [Symbol.iterator]: () => blocksOf(textsOf(answer, format)) }
}

function* blocksOf(texts: Iterable<string>): Generator<Buffer> {
  let block = ''
  for (const text of texts) {
    block += text
    if (block.length < blockBytes) continue
    yield Buffer.from(block)
    block = ''
  }
  if (block !== '') yield Buffer.from(block)
}

function textsOf(answer: Answer, format: Format): Iterable<string> {
  switch (format) {
    case 'json':
      return json(answer)
    case 'csv':
      return csv(answer)
    case 'xml':
      return xml(answer)
    case 'html':
      return html(answer)
    default:
      return ['PK\u0003\u0004', ...csv(answer)]
  }
}

/** The order of keys is one that servers were seen with: what only the end tells stands behind the rows. */
function* json({ headers, metaData, rows }: Answer): Generator<string> {
  yield `{"headers":${JSON.stringify(headers)},"metaData":${JSON.stringify(metaData)},"rowContext":{},"rows":[`
  let height = 0
  for (const row of rows) yield (height++ ? ',' : '') + JSON.stringify(row)
  yield `],"height":${height},"width":${height ? headers.length : 0},"headerWidth":${headers.length}}`
}

function* csv({ headers, rows }: Answer): Generator<string> {
  yield `${headers.map(({ column }) => csvCell(column ?? '')).join(',')}\n`
  for (const row of rows) yield `${row.map(csvCell).join(',')}\n`
}

function* xml({ headers, rows }: Answer): Generator<string> {
  const heads = headers.map(
    ({ name, column, type }) =>
      `<header name="${markup(name)}" column="${markup(column ?? '')}" type="${type}" hidden="false" meta="true"/>`,
  )
  yield `<?xml version='1.0' encoding='UTF-8'?><grid title="" subtitle=""><headers>${heads.join('')}</headers><rows>`
  for (const row of rows) yield `<row>${row.map((cell) => `<field>${markup(cell)}</field>`).join('')}</row>`
  yield '</rows></grid>'
}

function* html({ headers, rows }: Answer): Generator<string> {
  const heads = headers.map(({ column }) => `<th>${markup(column ?? '')}</th>`)
  yield `<div class="gridDiv"><table class="gridTable"><thead><tr>${heads.join('')}</tr></thead><tbody>\n`
  for (const row of rows) yield `<tr>${row.map((cell) => `<td>${markup(cell)}</td>`).join('')}</tr>\n`
  yield '</tbody></table></div>\n'
}
