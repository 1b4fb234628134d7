import { styleText } from 'node:util'
import { type Found, findIn, type Kind, kinds } from '../ask/metadata-search.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import { oneLine } from '../terminal/one-line.ts'
import { screen } from '../terminal/screen.ts'
import { drawTable } from '../terminal/table.ts'

/** What to type, and what it stands for. */
type Line = readonly [typed: string, name: string, kind: string, code: string]

const columns = ['To type', 'Name', 'Kind', 'Code'].map((label, at) => ({
  label,
  isNumber: false,
  isWhole: at === 0,
}))

/** `dhis2-analytics find`: a table on a terminal, else lines with tabs. Status 1 where there is nothing, as grep has it. */
export async function find(text: string, options: ConnectionOptions, context: Context): Promise<void> {
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  const found = await Promise.all(kinds.map((kind) => findIn(connected.client, kind, text, context.signal)))
  const lines = found.flatMap(({ things }, at) =>
    things.map(({ id, displayName, name, code = '' }): Line => {
      const { type, kind } = kinds[at]!
      return [type(id), displayName ?? name ?? '', kind, code]
    }),
  )
  if (lines.length === 0) {
    process.stderr.write(`Nothing has ${JSON.stringify(text)} in its name or code, or as its id.\n`)
    context.status = 1
    return
  }
  lines.sort((a, b) => rankOf(a, text) - rankOf(b, text))
  process.stdout.write(process.stdout.isTTY ? asTable(lines, found) : asLines(lines))
}

/** What is called just so comes first, then what begins so. */
function rankOf([typed, name, , code]: Line, text: string): number {
  const [wanted, called] = [text.toLowerCase(), name.toLowerCase()]
  if (called === wanted || code.toLowerCase() === wanted || typed.includes(text)) return 0
  return called.startsWith(wanted) ? 1 : 2
}

function asTable(lines: readonly Line[], found: readonly Found[]): string {
  const { head, lines: drawn } = drawTable(columns, lines, screen().columns)
  const more = found.flatMap(({ more }, at) => (more > 0 ? [moreOf(more, kinds[at]!)] : []))
  return `${[styleText('bold', head, { stream: process.stdout }), ...drawn, ...more].join('\n')}\n`
}

function moreOf(count: number, { kind }: Kind): string {
  return `… and ${count.toLocaleString('en')} more of kind ${kind}`
}

function asLines(lines: readonly Line[]): string {
  return lines.map((line) => `${line.map(oneLine).join('\t')}\n`).join('')
}
