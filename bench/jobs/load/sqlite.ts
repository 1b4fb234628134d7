/**
 * HTTP into a new table of an SQLite file, by the driver that there is on this Node, against `.import` of a ready CSV by
 * the command line of SQLite, where it is on the PATH: compiled for this machine, and into the same table.
 */
import { spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { openSqlite, sqliteDriver } from '../../contestants/load/sqlite-driver.ts'
import { type Command, race, ratio } from '../../race.ts'
import { type Job, ours, sizeText, throughputColumns, throughputRows } from '../job.ts'
import { loadEntry, sameAfterEach } from './entry.ts'

const cli = 'sqlite3, .import of a ready CSV'

/** Prints the time by its own clock, so that its start does not count. */
const importing: Command = ({ grid: { name, csvPath }, database }) => [
  'sqlite3',
  database!,
  `CREATE TABLE "${name}" (dx TEXT, pe TEXT, ou TEXT, value REAL) STRICT`,
  "CREATE TEMP TABLE clock AS SELECT julianday('now') AS start",
  '.mode csv',
  `.import --skip 1 "${csvPath}" "${name}"`,
  '.mode list',
  `SELECT json_object('seconds', (julianday('now') - start) * 86400) FROM clock`,
]

export const sqlite: Job = async function* (workshop, options) {
  const { grid, entry } = await loadEntry(workshop, options)
  const hasCli = spawnSync('sqlite3', ['--version']).status === 0
  const database = `${workshop.destination}.db`
  const results = await race(workshop, {
    job: 'load/sqlite',
    contestants: { ours: undefined, ...(hasCli && { [cli]: importing }) },
    task: { ...entry.task, database },
    rounds: entry.rounds,
    async prepare() {
      for (const path of [database, `${database}-journal`, `${database}.lock`])
        await rm(path, { force: true, recursive: true })
    },
    inspect: sameAfterEach('load, SQLite', () => look(database, grid.name)),
  })
  const missing = [cli, 'no sqlite3 on the PATH', '', '', '', '']
  yield {
    title: 'load, SQLite',
    note: `${sizeText(grid)}; ours with ${sqliteDriver}`,
    columns: throughputColumns,
    rows: [...throughputRows(results, grid), ...(hasCli ? [] : [missing])],
    targets: hasCli
      ? [{ what: `speed of ${cli}`, measured: ratio(results, cli, ours), unit: '×', atLeast: 1, aim: 1.3 }]
      : [],
  }
}

/** SQLite has no hash: the code points of a row, by its value, in the order of the rows. */
async function look(path: string, table: string): Promise<string> {
  const database = await openSqlite(path)
  const points = ['dx', 'pe', 'ou'].flatMap((id) =>
    [1, 2, 3, 4, 5, 6].map((at) => `unicode(substr(${id}, ${at})) * ${at}`),
  )
  const statement = database.prepare(
    `SELECT count(*) || ' rows, checksum ' || total((value + 1) * (${points.join(' + ')})) AS look FROM "${table}"`,
  ) as unknown as { all(): { look: string }[]; finalize?(): void }
  const [found] = statement.all()
  statement.finalize?.()
  database.close()
  return found!.look
}
