import { readFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'

/** What came of one race. */
export interface Table {
  readonly title: string
  /** How to read it, where the columns don't say. */
  readonly note?: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly targets: readonly Target[]
}

/** A number that the project wants to reach. */
export interface Target {
  readonly what: string
  readonly measured: number
  readonly unit: '×' | ' MB' | ' ms'
  /** Where less is better. */
  readonly less?: boolean
  readonly atLeast?: number
  readonly aim?: number
}

/** A Markdown table whose columns line up in a terminal too. */
export function tableText({ title, note, columns, rows }: Omit<Table, 'targets'>): string {
  const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => row[at]!.length)))
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
    return `| ${padded.join(' | ')} |`
  }
  const rule = line(widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)))
  const above = note ? [`### ${title}`, '', note, ''] : [`### ${title}`, '']
  return [...above, line(columns), rule, ...rows.map(line), ''].join('\n')
}

/** All targets in one table, ✓ for those that are reached and ✗ for those that are not. */
export function targetsText(tables: readonly Table[]): string {
  return tableText({
    title: 'Targets',
    columns: ['job', 'what', 'measured', 'at least', 'aim'],
    rows: tables.flatMap(({ title, targets }) =>
      targets.map((target) => [
        title,
        target.what,
        `${decimals(target.measured)}${target.unit}`,
        mark(target, target.atLeast),
        mark(target, target.aim),
      ]),
    ),
  })
}

function mark({ measured, unit, less }: Target, wanted: number | undefined): string {
  if (wanted === undefined) return ''
  const reached = less ? measured <= wanted : measured >= wanted
  return `${less ? '≤ ' : ''}${wanted}${unit} ${reached ? '✓' : '✗'}`
}

/** Three significant digits, or all of a larger number. */
export function decimals(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

/** Which machine, and which versions. */
export function circumstances(): string {
  const machine = [
    `${cpus().length} × ${cpus()[0]!.model.trim()}`,
    `${Math.round(totalmem() / 1024 ** 3)} GB`,
    `${platform()} ${release()} ${arch()}`,
  ]
  const peers = ['undici', 'stream-json', 'csv-stringify', '@streamparser/json', '@duckdb/node-api']
  const versions = [`Node ${process.versions.node}`, ...peers.map((name) => `${name} ${versionOf(name)}`)]
  return `${machine.join(', ')}; ${versions.join(', ')}`
}

function versionOf(name: string): string {
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
