import { compare, type Race, type Results, race } from '../race.ts'
import type { Table } from '../report.ts'
import { type Job, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

export type Shape = 'narrow' | 'wide'

/** A job of the grids of parse: narrow, and as many bytes of wide. What comes out is compared before each race. */
export function jobOfShapes(
  job: string,
  contestants: Race['contestants'],
  targets: (results: Results, shape: Shape) => Table['targets'],
): Job {
  return async function* (workshop, { rows, rounds, warmUpMs: milliseconds }) {
    const narrow = await workshop.grid({ shape: 'narrow', rows })
    const wideRows = workshop.rowsFor(narrow.byteLength, 'wide')
    for (const shape of ['narrow', 'wide'] as const) {
      const small = await warmUpGrid(workshop, shape)
      const grid = await workshop.grid({ shape, rows: shape === 'narrow' ? rows : wideRows })
      const entry: Race = { job, contestants, task: { grid, warmUp: { grid: small, milliseconds } }, rounds }
      await compare(workshop, { ...entry, task: { grid: small } })
      const results = await race(workshop, entry)
      yield {
        title: `${job}, ${shape}`,
        note: sizeText(grid),
        columns: throughputColumns,
        rows: throughputRows(results, grid),
        targets: targets(results, shape),
      }
    }
  }
}
