import { type Asker, refusedWith } from '../../asking/asker.ts'
import type { Pair } from '../../query/dimension-text.ts'

/** What a coarse question is about: data items by year, at few org units. */
export interface ProbeAxes {
  readonly dx: readonly string[]
  readonly pe: readonly string[]
  readonly ou: readonly string[]
}

/** Answers by cell, `item year orgUnit`. What has no row has none. */
export type ProbeCells = ReadonlyMap<string, string>

/** How many ids of data items fit a URL beside the rest, and how many cells are asked for at once. */
const itemsAtOnce = 200
const cellsAtOnce = 50_000

/** What a server says of a question that a data item makes impossible. */
const refusals = ['E7145', 'E7132', 'E7133', 'E7124', 'E7143', 'E7128'] as const

/**
 * Asks coarsely: a few requests, whatever the size of the dataset. `others` are the parameters of the question that change
 * its answers. A data item that the server refuses has no cells.
 */
export async function askProbe(
  asker: Asker,
  axes: ProbeAxes,
  others: readonly Pair[],
  api = '/api',
): Promise<Map<string, string>> {
  const cells = new Map<string, string>()
  if (axes.dx.length === 0 || axes.pe.length === 0 || axes.ou.length === 0) return cells
  const perItem = axes.pe.length * axes.ou.length
  const size = Math.max(1, Math.min(itemsAtOnce, Math.floor(cellsAtOnce / perItem)))

  async function ask(dx: readonly string[]): Promise<void> {
    const pairs: Pair[] = [
      ['dimension', `dx:${dx.join(';')}`],
      ['dimension', `pe:${axes.pe.join(';')}`],
      ['dimension', `ou:${axes.ou.join(';')}`],
      ...others,
      ['skipMeta', 'true'],
    ]
    try {
      const { headers, rows } = await asker.grid(`${api}/analytics.json`, pairs)
      const at = ['dx', 'pe', 'ou', 'value'].map((name) =>
        headers.findIndex((header) => header.name === name),
      )
      for (const row of rows) {
        const [item, period, orgUnit, value] = at.map((column) => row[column])
        cells.set(cellOf(String(item), String(period), String(orgUnit)), String(value))
      }
    } catch (error) {
      if (!refusedWith(error, ...refusals)) throw error
      if (dx.length === 1) return
      const middle = Math.ceil(dx.length / 2)
      await ask(dx.slice(0, middle))
      await ask(dx.slice(middle))
    }
  }

  for (let at = 0; at < axes.dx.length; at += size) await ask(axes.dx.slice(at, at + size))
  return cells
}

export function cellOf(item: string, period: string, orgUnit: string): string {
  return `${item} ${period} ${orgUnit}`
}

export function partsOfCell(cell: string): { dx: string; pe: string; ou: string } {
  const [dx = '', pe = '', ou = ''] = cell.split(' ')
  return { dx, pe, ou }
}

/** Cells whose answers differ, but for the last digits of decimals, which servers do not give twice the same. */
export function drifted(was: ProbeCells, is: ProbeCells, cells: Iterable<string>): string[] {
  return [...cells].filter((cell) => {
    const [before, now] = [was.get(cell), is.get(cell)]
    if (before === now) return false
    const [a, b] = [Number(before), Number(now)]
    return !(Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)))
  })
}
