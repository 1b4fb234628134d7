import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { TableMode } from 'dhis2-analytics-stream'
import { toSqlite } from 'dhis2-analytics-stream/sqlite'
import { drivers, type OpenDatabase } from './sqlite-drivers.ts'

// A load that says when it waits for more rows, or kills its process in the middle of its transaction.
const [name, path, when, mode] = process.argv.slice(2) as [string, string, string, TableMode]
const database = drivers.find((driver) => driver.name === name)!.open(path) as OpenDatabase & {
  function(name: string, fn: () => unknown): unknown
}
if (when === 'merging') {
  // So few pages fit in memory that the file has been written to by then.
  database.exec('PRAGMA cache_size = 5')
  database.function('die', () => process.kill(process.pid, 'SIGKILL'))
  database.exec(`CREATE TEMP TRIGGER die AFTER INSERT ON facts WHEN NEW.dx = 'd9999' BEGIN SELECT die(); END`)
}

async function* rows() {
  for (let i = 0; i < 20_000; i++) yield { dx: `d${i}`, pe: '202401', year: 2024, value: i }
  if (when === 'merging') return
  process.stdout.write('waiting')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}

await pipeline(Readable.from(rows()), toSqlite({ database, table: 'facts', mode, key: ['dx', 'pe', 'year'] }))
