import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RowStream } from 'dhis2-analytics-stream'
import { postgresTable } from 'dhis2-analytics-stream/postgres'
import { rowsFrom } from 'dhis2-analytics-stream/testing'
import pg from 'pg'
import { postgresDatabase } from '../../../lib/pull/stores/postgres-table.ts'
import { TableStore } from '../../../lib/pull/stores/table-store.ts'
import { failureOf } from '../../support/stages.ts'
import { connected, startTestPostgres, type TestPostgres } from '../../support/test-postgres.ts'
import { cellsOf, factsOf, head, headers, never, pieceOf, write } from './contract.ts'

let postgres: TestPostgres
let pool: pg.Pool
let made = 0
let table: string

before(async () => {
  postgres = await startTestPostgres()
  pool = newPool(postgres.url)
})
after(async () => {
  await pool.end()
  await postgres[Symbol.asyncDispose]()
})
beforeEach(() => {
  table = `t${++made}`
})

function newPool(connectionString: string): pg.Pool {
  return new pg.Pool({ connectionString, max: 4 }).on('error', () => undefined)
}
const run = (sql: string) => postgres.other.query(sql)
const count = async () => Number((await run(`SELECT count(*) FROM ${table}`)).rows[0].count)
const marks = async () =>
  (await run(`SELECT piece FROM dhis2_pieces WHERE dataset = '${table}' ORDER BY piece`)).rows.map(
    ({ piece }) => piece,
  )
const open = (client: pg.Pool | pg.Client = pool) => postgresTable({ client, table }).open(head, never)
const rows = cellsOf(pieceOf('0'), () => 1)

/** In front of the server, which cuts the connection at the next COMMIT when it is told to. */
async function cutting() {
  const { port, hostname } = new URL(postgres.url)
  let cut: 'before' | 'behind' | undefined
  const proxy = createServer((socket) => {
    const server = connect(Number(port), hostname)
    for (const each of [socket, server]) each.on('error', () => undefined)
    server.pipe(socket)
    socket.on('data', (bytes) => {
      if (!cut || !bytes.includes('COMMIT\0')) return server.write(bytes)
      if (cut === 'behind') server.write(bytes)
      cut = undefined
      server.unpipe(socket)
      return setTimeout(() => socket.destroy(), 50)
    })
    socket.on('close', () => server.destroy())
  }).listen(0)
  await once(proxy, 'listening')
  const url = new URL(postgres.url)
  url.port = String((proxy.address() as { port: number }).port)
  return {
    url: url.href,
    next(where: 'before' | 'behind') {
      cut = where
    },
    close: () => proxy.close(),
  }
}

describe('postgresTable', () => {
  it('finds out by its mark what became of a COMMIT that nobody answered', async () => {
    const proxy = await cutting()
    const client = newPool(proxy.url)
    const store = await open(client)
    await write(store, pieceOf('0'), rows)
    proxy.next('behind')
    const other = cellsOf(pieceOf('1'), () => 2)
    assert.deepEqual(await write(store, pieceOf('1'), other), factsOf(4, 1))
    proxy.next('before')
    const lost = (await failureOf(write(store, pieceOf('0'), rows.slice(1)))) as Error
    assert.equal(lost.name, 'ConnectionError')
    assert.match(lost.message, /nothing of piece 0 was kept/)
    assert.equal(await count(), 8)
    await write(store, pieceOf('0'), rows.slice(1))
    await store.close()
    for (const [at, where] of (['before', 'behind'] as const).entries()) {
      proxy.next(where)
      const again = await open(client)
      assert.equal(again.run, at + 2)
      proxy.next(where)
      await again.note({ type: 'setAside', piece: '2', reason: where, code: '' })
      proxy.next(where)
      await again.finish()
      proxy.next(where)
      await again.close()
    }
    assert.deepEqual(await marks(), ['0', '1', '2'])
    assert.equal(await count(), 7)
    await client.end()
    proxy.close()
  })

  it('says of a Client whose connection broke at COMMIT what to do', async () => {
    const proxy = await cutting()
    const client = await connected(proxy.url)
    client.on('error', () => undefined)
    const store = await open(client)
    proxy.next('behind')
    await failureOf(store.note({ type: 'setAside', piece: '9', reason: '', code: '' }))
    assert.ok((await failureOf(write(store, pieceOf('0'), rows))) instanceof Error)
    assert.ok((await failureOf(store.close())) instanceof Error)
    const second = await connected(proxy.url)
    second.on('error', () => undefined)
    await run(`UPDATE dhis2_datasets SET lease_until = now() WHERE name = '${table}'`)
    const next = await open(second)
    await write(next, pieceOf('1'), [])
    proxy.next('behind')
    const error = (await failureOf(write(next, pieceOf('0'), rows))) as Error
    assert.equal(error.name, 'UnknownOutcomeError')
    assert.match(error.message, /Run it again; with a Pool in place of the Client/)
    assert.deepEqual(await marks(), ['0', '1', '9'])
    proxy.close()
  })

  it('keeps nothing of a piece whose backend is killed, and goes on', async () => {
    const store = await open()
    const source = new Readable({ objectMode: true, read: () => undefined })
    const writing = store.write(pieceOf('0'), rowsFrom(headers, source) as RowStream, () => factsOf(4, 1))
    for (const row of rows) source.push(row)
    const copying = 'SELECT pid FROM pg_stat_progress_copy'
    while ((await run(copying)).rows.length === 0) await sleep(5)
    await run(`SELECT pg_terminate_backend(pid) FROM (${copying}) s`)
    source.push(null)
    // What is read first: the server's word, or that the socket is gone.
    assert.match(String(await failureOf(writing)), /terminat|EPIPE|ECONNRESET/i)
    assert.deepEqual(await marks(), [])
    await write(store, pieceOf('0'), rows)
    await store.close()
    assert.equal(await count(), 4)
  })

  it('is not held by a run of this process that has ended and could not say so', async () => {
    const lost = newPool(postgres.url)
    const store = await open(lost)
    await write(store, pieceOf('0'), rows)
    await lost.end()
    await assert.rejects(store.close(), /^Error: The Pool was ended/)
    const next = await open()
    assert.equal(next.run, store.run + 1)
    await assert.rejects(open(), { name: 'DatasetError', message: /^Another run has this dataset since/ })
    await next.close()
  })

  it('sees a table that another has made while it waited for its turn', async () => {
    const database = postgresDatabase(postgres.client, [table])
    await run('CREATE TABLE IF NOT EXISTS turns (n int)')
    await run('INSERT INTO turns VALUES (1)')
    await run('BEGIN')
    await run('UPDATE turns SET n = n + 1')
    // Whoever was told once that there is none remembers it.
    assert.equal(await database.transaction((statements) => database.hasTable(statements, table)), false)
    const seen = database.transaction(async (statements) => {
      await statements.run('UPDATE turns SET n = n + 1')
      return database.hasTable(statements, table)
    })
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE turns%'`
    while ((await pool.query(waiting)).rowCount === 0) await sleep(5)
    await run(`CREATE TABLE ${table} (a int)`)
    await run('COMMIT')
    assert.equal(await seen, true)
  })

  it('has of two runs that begin at once only one', async () => {
    const opening = Array.from({ length: 4 }, () => open())
    const settled = await Promise.allSettled(opening)
    const held = settled.filter(({ status }) => status === 'fulfilled')
    assert.equal(held.length, 1)
    for (const each of settled) {
      if (each.status === 'fulfilled') await each.value.close()
      else assert.equal(each.reason.name, 'DatasetError')
    }
  })

  it('renews its hold as long as it is open', async () => {
    for (const client of [pool, postgres.client]) {
      table = `t${++made}`
      const store = await new TableStore(postgresDatabase(client, [table]), false, 1).open(head, never)
      await sleep(2500)
      assert.equal(((await failureOf(open())) as Error).name, 'DatasetError')
      await store.close()
    }
  })

  it('makes an index at the end, by which pieces are found, and one only', async () => {
    const store = await open()
    await store.finish()
    await write(store, pieceOf('0'), rows)
    const indexes = async () =>
      (await run(`SELECT indexdef FROM pg_indexes WHERE tablename = '${table}'`)).rows
    assert.deepEqual(await indexes(), [])
    await store.finish()
    await store.finish()
    assert.match((await indexes())[0].indexdef, /\(dx, pe, ou\)$/)
    assert.equal((await indexes()).length, 1)
    await store.close()
  })

  it('takes options that can be right', () => {
    const wrong = (options: object) => () => postgresTable(options as never)
    assert.throws(wrong({ client: {}, table }), {
      name: 'QueryError',
      message: /postgresTable: client: must be/,
    })
    assert.throws(wrong({ client: pool, table, mode: 'append' }), { message: /unknown mode/ })
    assert.throws(wrong({ client: pool, table, replace: 1 }), { message: /replace: must be boolean/ })
  })
})
