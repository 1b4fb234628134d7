/**
 * HTTP into a new table of a DuckDB file, against `CREATE TABLE … AS` of `read_csv` from a ready CSV, and of `read_json`
 * from the grid in a file. Both are told the types.
 */
import { rm } from 'node:fs/promises'
import { race, ratio } from '../../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows } from '../job.ts'
import { duckDbLook } from './duckdb-look.ts'
import { loadEntry, sameAfterEach } from './entry.ts'

const csv = 'read_csv of a ready CSV'
const json = 'read_json of the grid'

export const duckDb: Job = async function* (workshop, options) {
  const { grid, entry } = await loadEntry(workshop, options)
  const database = `${workshop.destination}.duckdb`
  const results = await race(workshop, {
    job: 'load/duckdb',
    contestants: { ours: undefined, [csv]: undefined, [json]: undefined },
    task: { ...entry.task, database },
    rounds: entry.rounds,
    async prepare() {
      for (const path of [database, `${database}.wal`]) await rm(path, { force: true })
    },
    inspect: sameAfterEach('load, DuckDB', () => duckDbLook(database, `"${grid.name}"`)),
  })
  const memory = ratio(results, ours, json, 'peakBytes')
  yield {
    title: 'load, DuckDB',
    note: sizeText(grid),
    columns: throughputColumns,
    rows: throughputRows(results, grid),
    targets: [
      {
        what: `speed of ${csv}`,
        measured: ratio(results, csv, ours),
        unit: '×',
        atLeast: 0.55,
        aim: 0.8,
      },
      { what: `speed of ${json}`, measured: ratio(results, json, ours), unit: '×', atLeast: 3.5, aim: 5 },
      { what: `memory of ${json}`, measured: memory, unit: '×', less: true, atLeast: 0.5 },
    ],
  }
}
