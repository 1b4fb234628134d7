import { join } from 'node:path'
import { demoToken, startDhis2 } from '../../lib/testing/index.ts'
import { onTerminal } from './cli.ts'
import { root } from './run-script.ts'

/** Where the picture is kept. */
export const picturePath = join(root, 'docs/command-line.svg')

const columns = 88
const size = 14
const lineHeight = 19
const charWidth = size * 0.6
const margin = 18

/** What is shown, on servers of the same made-up country. */
const typed = [
  { line: ['find', 'ANC 1st'], rows: undefined },
  {
    line: ['pull', '--dx', 'fbfJHSPpUQD', '--pe', 'LAST_12_MONTHS', '--ou', 'USER_ORGUNIT,LEVEL-2'],
    rows: 1000,
  },
  {
    line: ['pull', '--dx', 'fbfJHSPpUQD', '--pe', 'LAST_12_MONTHS', '--ou', 'ImspTQPwCqd', '--chart'],
    rows: undefined,
  },
]

/** A real run of the built command line on a terminal, as an SVG. */
export async function picture(): Promise<string> {
  const lines: string[] = []
  for (const { line, rows } of typed) {
    // Visits have their seasons.
    const valueFor = ({ pe = '' }) => Math.round(9000 + 3000 * Math.sin(Number(pe.slice(4)) / 2))
    await using server = await startDhis2({ rows, valueFor })
    const env = { DHIS2_URL: server.url, DHIS2_PAT: demoToken }
    // As it was seen in the end, when the progress is wiped away.
    const { raw } = await onTerminal([...line, '-q'], { env, columns, rows: 13 })
    const shown = line.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ')
    lines.push(
      `\u001b[32m$\u001b[39m dhis2-analytics ${shown}`,
      ...raw.replace(' -q', '').trimEnd().split('\r\n'),
      '',
    )
  }
  return svgOf(lines.slice(0, -1).flatMap(wrapped))
}

/** As a terminal breaks lines; those that are too long have no styles here. */
function wrapped(line: string): string[] {
  if (line.includes('\u001b') || line.length <= columns) return [line]
  return [line.slice(0, columns), ...wrapped(line.slice(columns))]
}

function svgOf(lines: readonly string[]): string {
  const width = Math.ceil(columns * charWidth + 2 * margin)
  const height = lines.length * lineHeight + 2 * margin
  const texts = lines.map((line, at) => {
    const y = margin + size + at * lineHeight
    return `  <text x="${margin}" y="${y}" xml:space="preserve">${styled(line)}</text>\n`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="dhis2-analytics on a terminal">
  <rect width="100%" height="100%" rx="8" fill="#16181d"/>
  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${size}" fill="#d6dae2">
${texts.join('')}  </g>
</svg>
`
}

const styles: Readonly<Record<string, string>> = {
  1: 'font-weight="bold" fill="#ffffff"',
  32: 'fill="#7ec699"',
}

/** Text with the few styles that the command line has. */
function styled(line: string): string {
  const [first = '', ...parts] = line.split('\u001b[')
  return (
    escaped(first) +
    parts
      .map((part) => {
        const [, code = '', text = ''] = /^(\d+)m(.*)$/s.exec(part) ?? []
        return styles[code] ? `<tspan ${styles[code]}>${escaped(text)}</tspan>` : escaped(text)
      })
      .join('')
  )
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
