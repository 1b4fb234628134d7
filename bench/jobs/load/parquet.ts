/** The bytes of a file to a Parquet file, against DuckDB's COPY of a ready CSV, and of `read_json` of the grid. */
import { stat } from 'node:fs/promises'
import { race, ratio } from '../../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows } from '../job.ts'
import { duckDbLook } from './duckdb-look.ts'
import { loadEntry, sameAfterEach } from './entry.ts'

const csv = 'DuckDB, COPY of a ready CSV'
const json = 'DuckDB, COPY of read_json'
/** More than a row group, without which V8 has not seen all of the work when the clock is started. */
const warmUpRows = 150_000

export const parquet: Job = async function* (workshop, options) {
  const { grid, entry } = await loadEntry(workshop, options)
  const warmUp = {
    grid: await workshop.gridWithCsv({ shape: 'narrow', rows: warmUpRows }),
    milliseconds: options.warmUpMs,
  }
  const { destination } = workshop
  const sizes = new Map<string, number>()
  const sameRows = sameAfterEach('load, Parquet', () =>
    duckDbLook(':memory:', `read_parquet('${destination}')`),
  )
  const results = await race(workshop, {
    job: 'load/parquet',
    contestants: { ours: undefined, [csv]: undefined, [json]: undefined },
    task: { ...entry.task, warmUp },
    rounds: entry.rounds,
    async inspect(name, result) {
      await sameRows(name, result)
      sizes.set(name, (await stat(destination)).size)
    },
  })
  yield {
    title: 'load, Parquet',
    note: sizeText(grid),
    columns: [...throughputColumns, 'MB of Parquet'],
    rows: throughputRows(results, grid).map((row) => [...row, (sizes.get(row[0]!)! / 1e6).toFixed(2)]),
    targets: [
      { what: `speed of ${csv}`, measured: ratio(results, csv, ours), unit: '×', atLeast: 1.2, aim: 2 },
      { what: `speed of ${json}`, measured: ratio(results, json, ours), unit: '×', atLeast: 6, aim: 10 },
    ],
  }
}
