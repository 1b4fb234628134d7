import type { Options } from '../../options.ts'
import type { Race } from '../../race.ts'
import type { GridWithCsv, Workshop } from '../../workshop.ts'

/** The narrow grid of the load job and the one to warm up with, each with its CSV, as the beginning of a race. */
export async function loadEntry(
  workshop: Workshop,
  { loadRows, rounds, warmUpMs: milliseconds }: Options,
): Promise<{ grid: GridWithCsv; small: GridWithCsv; entry: Pick<Race, 'task' | 'rounds'> }> {
  const small = await workshop.gridWithCsv({ shape: 'narrow', rows: workshop.rowsFor(1e6, 'narrow') })
  const grid = await workshop.gridWithCsv({ shape: 'narrow', rows: loadRows })
  return { grid, small, entry: { task: { grid, warmUp: { grid: small, milliseconds } }, rounds } }
}

/** An `inspect` that wants what it finds to be the same after each run. */
export function sameAfterEach(job: string, find: () => Promise<string>): NonNullable<Race['inspect']> {
  let first: { name: string; found: string } | undefined
  return async (name) => {
    const found = await find()
    first ??= { name, found }
    if (found !== first.found) throw new Error(`${job}: ${first.found} of ${first.name}, ${found} of ${name}`)
  }
}
