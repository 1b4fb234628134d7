import type { GridFile } from '../contestants/contest.ts'
import type { Options } from '../options.ts'
import { medianOf, type Results, ratio } from '../race.ts'
import { decimals, type Table } from '../report.ts'
import type { Workshop } from '../workshop.ts'

/** Runs its races and hands out a table after each. */
export type Job = (workshop: Workshop, options: Options) => AsyncGenerator<Table, void>

/** The contestant that the others are measured by. */
export const ours = 'ours'

export const throughputColumns = [
  '',
  'seconds',
  'MB/s of JSON',
  'rows/s',
  'peak MB',
  'their time ÷ ours',
] as const

/** A row a contestant, each measured by one of them. */
export function throughputRows(results: Results, grid: GridFile, measure = ours): string[][] {
  return [...results.keys()].map((name) => {
    const seconds = medianOf(results, name, 'seconds')
    return [
      name,
      seconds.toFixed(3),
      decimals(grid.byteLength / 1e6 / seconds),
      Math.round(grid.rows / seconds).toLocaleString('en'),
      peakText(results, name),
      decimals(ratio(results, name, measure)),
    ]
  })
}

/** Empty for a command, which does not say. */
export function peakText(results: Results, name: string): string {
  const megabytes = medianOf(results, name, 'peakBytes') / 1e6
  return Number.isNaN(megabytes) ? '' : megabytes.toFixed(0)
}

/** `1,000,000 rows, 46 MB`. */
export function sizeText({ rows, byteLength }: GridFile): string {
  return `${rows.toLocaleString('en')} rows, ${(byteLength / 1e6).toFixed(byteLength < 1e6 ? 3 : 0)} MB`
}

/** A small grid of the same shape. */
export function warmUpGrid(workshop: Workshop, shape: 'narrow' | 'wide'): Promise<GridFile> {
  return workshop.grid({ shape, rows: workshop.rowsFor(2e6, shape) })
}
