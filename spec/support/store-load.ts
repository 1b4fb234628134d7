import { DuckDBInstance } from '@duckdb/node-api'
import { duckDbTable } from 'dhis2-analytics-stream/duckdb'
import { postgresTable } from 'dhis2-analytics-stream/postgres'
import { sqliteTable } from 'dhis2-analytics-stream/sqlite'
import pg from 'pg'
import type { PieceStore } from '../../lib/pull/store.ts'
import { cellsOf, head, never, pieceOf, write } from '../pull/stores/contract.ts'
import { drivers } from './sqlite-drivers.ts'

// A run over pieces of which those that are done are left out, some written twice, three at a time. It says when a piece
// is done, and whoever started it ends it at any time.
const [kind, place, count] = process.argv.slice(2) as [string, string, string]

async function storeOf(): Promise<PieceStore> {
  if (kind === 'postgres') {
    return postgresTable({ client: new pg.Pool({ connectionString: place, max: 4 }), table: 'facts' })
  }
  if (kind === 'duckdb') {
    return duckDbTable({ connection: await (await DuckDBInstance.create(place)).connect(), table: 'facts' })
  }
  return sqliteTable({ database: drivers.find(({ name }) => name === kind)!.open(place), table: 'facts' })
}

const store = await (await storeOf()).open(head, never)
const done = new Set(
  [...store.events].map((event) => (event.type === 'done' && event.facts.rowCount === 4 ? event.piece : '')),
)
const ids = Array.from({ length: Number(count) }, (_, at) => String(at))
const left = ids.filter((id) => !done.has(id))
const work = async () => {
  for (let id = left.shift(); id !== undefined; id = left.shift()) {
    const piece = pieceOf(id)
    // Each third is there before as it was another day, with a row less.
    const before = cellsOf(piece, (ou) => (ou === 'o1' ? undefined : -1))
    if (Number(id) % 3 === 0) await write(store, piece, before)
    const rows = cellsOf(piece, (ou) => Number(id) * 10 + Number(ou.slice(1)))
    await write(store, piece, rows)
    process.stdout.write('.')
  }
}
await Promise.all([work(), work(), work()])
await store.finish()
await store.close()
process.stdout.write(' done')
process.exit()
