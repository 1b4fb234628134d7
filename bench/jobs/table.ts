/**
 * table: an HTTP request to typed columns in memory, by `client.analytics.table()`.
 *
 * The peers: `fetch` with `json()`, which leaves rows of text; and DuckDB's own `read_json`, from the file on all cores,
 * which makes a table of the same types. Before the race the rows are compared. Below both is what a process takes that
 * only reads the body, and has no table in the end.
 */
import { compare, type Race, race, ratio } from '../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const fetched = 'fetch, json()'
const duckDb = 'DuckDB, read_json of the file'
const floor = 'floor: undici.request, thrown away'

export const table: Job = async function* (workshop, { rows, rounds, warmUpMs: milliseconds }) {
  const small = await warmUpGrid(workshop, 'narrow')
  const grid = await workshop.grid({ shape: 'narrow', rows })
  const entry: Race = {
    job: 'table',
    contestants: { ours: undefined, [fetched]: undefined, [duckDb]: undefined },
    task: { grid, warmUp: { grid: small, milliseconds } },
    rounds,
  }
  await compare(workshop, { ...entry, task: { grid: small } })
  const results = await race(workshop, {
    ...entry,
    contestants: { ...entry.contestants, [floor]: undefined },
  })
  const memory = ratio(results, ours, fetched, 'peakBytes')
  yield {
    title: 'table',
    note: sizeText(grid),
    columns: throughputColumns,
    rows: throughputRows(results, grid),
    targets: [
      { what: `speed of ${fetched}`, measured: ratio(results, fetched, ours), unit: '×', atLeast: 3, aim: 5 },
      { what: `memory of ${fetched}`, measured: memory, unit: '×', less: true, atLeast: 0.25, aim: 0.1 },
      {
        what: `memory of ${floor}`,
        measured: ratio(results, ours, floor, 'peakBytes'),
        unit: '×',
        less: true,
      },
      { what: `speed of ${duckDb}`, measured: ratio(results, duckDb, ours), unit: '×' },
    ],
  }
}
