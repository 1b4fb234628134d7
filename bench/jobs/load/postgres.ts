/**
 * Into Postgres, over HTTP: rows behind those that are there (`append`); an `upsert` of which nothing has changed; and a
 * `replace-slice` of which a tenth has.
 *
 * The peers: COPY of a ready CSV, by psql where it is on the PATH, and by pg-copy-streams; rows of ours, in INSERTs of
 * 1,000 and by unnest of 10,000; COPY into a temporary table and ON CONFLICT DO UPDATE; and DELETE and COPY. The last two
 * have the CSV, too. Where rows are there already, ours are in a table as the sink makes it, and those of the peers in
 * one as CREATE TABLE does.
 */
import { startPostgres } from '../../../examples/support/postgres.ts'
import { changingSql } from '../../../lib/sinks/postgres/table.ts'
import { race, ratio } from '../../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows } from '../job.ts'
import { loadEntry, sameAfterEach } from './entry.ts'
import { postgresTables } from './postgres-table.ts'
import { psqlCopy } from './psql.ts'

const copied = 'pg-copy-streams of a ready CSV'
const psql = 'psql \\copy of a ready CSV'
const inserted = 'INSERT of 1,000 rows'
const unnested = 'unnest of 10,000 rows'
const onConflict = 'COPY + ON CONFLICT'
const deleteAndCopy = 'DELETE + COPY'
const replacing = 'ours, replace-slice'

export const postgres: Job = async function* (workshop, options) {
  const { grid, small, entry } = await loadEntry(workshop, options)
  await using server = await startPostgres()
  await using tables = await postgresTables(server.url, [grid, small])
  const task = { ...entry.task, database: server.url }
  const command = psqlCopy()
  const plain = command ? psql : copied

  const appended = await race(workshop, {
    job: 'load/postgres',
    contestants: {
      ours: undefined,
      ...(command && { [psql]: command }),
      [copied]: undefined,
      [inserted]: undefined,
      [unnested]: undefined,
    },
    task,
    rounds: entry.rounds,
    prepare: tables.empty,
    inspect: sameAfterEach('load, Postgres', tables.look),
  })
  yield {
    title: 'load, Postgres',
    note: `${sizeText(grid)}${command ? '' : '; no psql on the PATH'}`,
    columns: throughputColumns,
    rows: throughputRows(appended, grid),
    targets: [
      {
        what: `speed of ${plain}`,
        measured: ratio(appended, plain, ours),
        unit: '×',
        atLeast: 0.75,
        aim: 0.9,
      },
      {
        what: `speed of ${inserted}`,
        measured: ratio(appended, inserted, ours),
        unit: '×',
        atLeast: 5,
        aim: 8,
      },
      {
        what: `speed of ${unnested}`,
        measured: ratio(appended, unnested, ours),
        unit: '×',
        atLeast: 2.5,
        aim: 3.5,
      },
    ],
  }

  const growth = new Map<string, number>()
  let before = 0
  const sameRows = sameAfterEach('load, upsert', tables.look)
  const upserted = await race(workshop, {
    job: 'load/postgres-merge',
    contestants: { ours: undefined, [onConflict]: undefined },
    task,
    rounds: entry.rounds,
    async prepare(name) {
      await tables.full('value', storageOf(name))
      before = await tables.size()
    },
    async inspect(name, result) {
      await sameRows(name, result)
      growth.set(name, (await tables.size()) - before)
    },
  })
  yield {
    title: 'load, upsert',
    note: `${sizeText(grid)}, all of them there and unchanged`,
    columns: [...throughputColumns, 'growth MB'],
    rows: throughputRows(upserted, grid).map((row) => [...row, (growth.get(row[0]!)! / 1e6).toFixed(1)]),
    targets: [
      {
        what: `speed of ${onConflict}`,
        measured: ratio(upserted, onConflict, ours),
        unit: '×',
        atLeast: 4,
        aim: 8,
      },
      { what: 'growth of the table', measured: growth.get(ours)! / 1e6, unit: ' MB', less: true, atLeast: 0 },
    ],
  }

  const replaced = await race(workshop, {
    job: 'load/postgres-merge',
    contestants: { [replacing]: undefined, [deleteAndCopy]: undefined },
    task,
    rounds: entry.rounds,
    prepare: (name) =>
      tables.full(
        'CASE WHEN hashtext(dx || pe || ou) % 10 = 0 THEN value + 1 ELSE value END',
        storageOf(name),
      ),
    inspect: sameAfterEach('load, replace-slice', tables.look),
  })
  yield {
    title: 'load, replace-slice',
    note: `${sizeText(grid)}, a tenth of them changed`,
    columns: throughputColumns,
    rows: throughputRows(replaced, grid, replacing),
    targets: [
      {
        what: `speed of ${deleteAndCopy}`,
        measured: ratio(replaced, deleteAndCopy, replacing),
        unit: '×',
        atLeast: 3,
        aim: 6,
      },
    ],
  }
}

function storageOf(name: string): string {
  return name === ours || name === replacing ? changingSql : ''
}
