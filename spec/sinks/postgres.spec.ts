import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { castCells, type Header, type MetaData, type RowStream, toObjects } from 'dhis2-analytics-stream'
import { type ToPostgresOptions, toPostgres } from 'dhis2-analytics-stream/postgres'
import pg from 'pg'
import { environment, nodeArguments, root } from '../support/run-script.ts'
import { failureOf, header, parsedRows } from '../support/stages.ts'
import { connected, startTestPostgres, type TestPostgres } from '../support/test-postgres.ts'

const headers = [header('dx'), header('pe'), header('ou'), header('value', 'NUMBER', { meta: false })]
const keys = ['dx', 'pe', 'ou']
const few = [
  ['a', '202401', 'o', '1.5'],
  ['b', '202401', 'o', '2.5'],
]
const everything = { dimensions: { dx: ['a', 'b'], pe: ['202401'], ou: ['o'] } }

function parsed(
  rows: unknown[][],
  of: readonly Header[] = headers,
  metaData: MetaData = everything,
): RowStream {
  return parsedRows(of, rows, metaData)
}

/** A source that gives rows when it is told to. */
function held(): Readable {
  return new Readable({ objectMode: true, read: () => undefined })
}
const object = (row: string[]) => Object.fromEntries(headers.map(({ name }, at) => [name, row[at]]))

let postgres: TestPostgres
let made = 0
let table: string

before(async () => {
  postgres = await startTestPostgres()
})
after(() => postgres[Symbol.asyncDispose]())
beforeEach(async () => {
  table = `t${++made}`
  await run(
    `CREATE TABLE ${table} (dx text, pe text, ou text, value double precision, PRIMARY KEY (${keys}))`,
  )
})

const run = (sql: string) => postgres.other.query(sql)
const sink = (options: Partial<ToPostgresOptions> = {}) =>
  toPostgres({ client: postgres.client, table, ...options })
const count = async (of = table) => Number((await run(`SELECT count(*) FROM ${of}`)).rows[0].count)
const load = async (options: Partial<ToPostgresOptions> = {}, rows: unknown[][] = few) => {
  const made = sink(options)
  await pipeline(parsed(rows), made)
  return made.counts
}
const failure = async (from: Readable, options: Partial<ToPostgresOptions> = {}) =>
  (await failureOf(pipeline(from, sink(options)))) as Error & Record<string, unknown>
/** Waits until a condition holds. */
const until = async (holds: () => Promise<boolean> | boolean) => {
  while (!(await holds())) await sleep(5)
}
const isCopying = async () => {
  const { rows } = await run(`SELECT FROM pg_stat_progress_copy WHERE command = 'COPY FROM'`)
  return rows.length > 0
}

describe('toPostgres', () => {
  it('writes no row that has not changed', async () => {
    await load({ mode: 'upsert' })
    const versions = async () => (await run(`SELECT ctid, xmin FROM ${table} ORDER BY dx`)).rows
    const before = await versions()
    for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
      assert.deepEqual(await load({ mode }), { inserted: 0, updated: 0, deleted: 0, unchanged: 2 })
    }
    assert.deepEqual(await versions(), before)
  })

  it('makes a table in which a tenth of the rows can change without its growing, unless rows are only appended', async () => {
    const rows = (change: number) =>
      Array.from({ length: 5000 }, (_, at) => [
        `item ${at}`,
        '202401',
        'o',
        at + (at % 10 === 0 ? change : 0),
      ])
    const made = { table: `${table}made`, mode: 'upsert', create: true } as const
    await load(made, rows(0))
    const sizes = async () => {
      const sql = `SELECT pg_relation_size('${made.table}') AS rows, pg_relation_size('${made.table}_pkey') AS key`
      return (await run(sql)).rows[0]
    }
    const before = await sizes()
    assert.deepEqual(await load(made, rows(1)), { inserted: 0, updated: 500, deleted: 0, unchanged: 4500 })
    assert.deepEqual(await sizes(), before)

    await load({ table: `${table}log`, create: true }, rows(0))
    const { rows: found } = await run(`SELECT pg_relation_size('${table}log') < ${before.rows} AS "isLess"`)
    assert.equal(found[0].isLess, true)
  })

  it('takes the types of the table, with their precision, and does not change for them every night', async () => {
    await run(`CREATE TABLE ${table}p (dx varchar(20) COLLATE "C", pe integer, ou char(3), value numeric(10, 2), j json, r real,
      PRIMARY KEY (dx, pe, ou))`)
    const of = [...headers, header('j', 'TEXT', { meta: false }), header('r', 'NUMBER', { meta: false })]
    const rows = [
      ['a', '202401', 'o', '1.005', '{"a": 1}', '0.1'],
      ['b', '202401', 'o', 'NaN', '', ''],
    ]
    for (const [mode, unchanged] of [
      ['upsert', 0],
      ['upsert', 2],
      ['replace', 2],
      ['replace-slice', 2],
    ] as const) {
      const made = sink({ table: `${table}p`, mode })
      await pipeline(parsed(rows, of), made)
      assert.deepEqual(made.counts, { inserted: 2 - unchanged, updated: 0, deleted: 0, unchanged }, mode)
    }
  })

  it('has the server cast as it does', async () => {
    const types = ['BOOLEAN', 'DATE', 'DATETIME', 'INTEGER', 'TIME']
    const of = [header('dx'), ...types.map((type) => header(type, type, { meta: false }))]
    const rows = [
      ['a', '1', '2022-12-29 00:00:00.0', '2022-12-29T09:30:00.000+0300', '7', '09:30'],
      ['b', 'true', '2022-12-29', '2022-12-29 09:30:00.123', '-9223372036854775808', ''],
      ['c', '0', '', '', '', ''],
    ]
    await run(`SET TIME ZONE 'Asia/Kathmandu'`)
    const dates = () => castCells({ dates: 'text' })
    const sources = [
      parsed(rows, of),
      parsed(rows, of).through(dates()),
      parsed(rows, of).through(dates(), toObjects()),
    ]
    for (const from of sources) {
      await run(`DROP TABLE IF EXISTS ${table}c`)
      await pipeline(from, sink({ table: `${table}c`, create: true, mode: 'upsert' }))
      const { rows: found } =
        await run(`SELECT "BOOLEAN" AS b, "DATE"::text AS d, "DATETIME"::text AS t, "INTEGER" AS i,
        "TIME" AS z FROM ${table}c ORDER BY dx`)
      assert.deepEqual(found, [
        { b: true, d: '2022-12-29', t: '2022-12-29 09:30:00', i: '7', z: '09:30' },
        { b: true, d: '2022-12-29', t: '2022-12-29 09:30:00.123', i: '-9223372036854775808', z: null },
        { b: false, d: null, t: null, i: null, z: null },
      ])
    }
    await run('RESET TIME ZONE')
  })

  it('puts a time without a zone into a column with one as UTC, whatever the zone of the session', async () => {
    await run(`CREATE TABLE ${table}z (dx text PRIMARY KEY, at timestamptz)`)
    await postgres.client.query(`SET TIME ZONE 'Asia/Kathmandu'`)
    const of = [header('dx'), header('at', 'DATETIME', { meta: false })]
    await pipeline(parsed([['a', '2022-12-29 09:30:00.0']], of), sink({ table: `${table}z` }))
    const { rows } = await run(`SELECT at FROM ${table}z`)
    assert.equal(rows[0].at.toISOString(), '2022-12-29T09:30:00.000Z')
    const { rows: zone } = await postgres.client.query('SHOW TIME ZONE')
    assert.equal(zone[0].TimeZone, 'Asia/Kathmandu')
    await postgres.client.query('RESET TIME ZONE')
  })

  it('lets defaults, identities and generated columns be', async () => {
    await run(`CREATE TABLE ${table}g (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(),
      dx text, pe text, ou text, value double precision,
      twice double precision GENERATED ALWAYS AS (value * 2) STORED, PRIMARY KEY (${keys}))`)
    await load({ table: `${table}g`, mode: 'upsert' })
    const changed = [['a', '202401', 'o', '9'], few[1]!]
    assert.deepEqual(await load({ table: `${table}g`, mode: 'replace' }, changed), {
      inserted: 0,
      updated: 1,
      deleted: 0,
      unchanged: 1,
    })
    const { rows } = await run(`SELECT twice FROM ${table}g ORDER BY dx`)
    assert.deepEqual(
      rows.map(({ twice }) => twice),
      [18, 5],
    )
    const generated = await failure(parsed([['a', '1']], [header('dx'), header('twice', 'NUMBER')]), {
      table: `${table}g`,
    })
    assert.match(generated.message, /"twice" is generated/)
  })

  it('names all that differs in a table', async () => {
    await run(`CREATE TABLE ${table}d (dx text, value boolean, pe timestamp, mine text NOT NULL)`)
    const error = await failure(parsed(few), { table: `${table}d` })
    assert.equal(error.name, 'QueryError')
    assert.match(error.message, /"value" is boolean, where double precision comes/)
    assert.match(error.message, /it has no "ou" text: say addColumns: true/)
    assert.match(error.message, /"mine" is NOT NULL, has no default, and does not come/)
  })

  it('writes names as they are, and into other schemas', async () => {
    await run('CREATE SCHEMA "My Facts"')
    const of = [header('Stage.DE "x"'), header('Value', 'NUMBER', { meta: false })]
    const options = { table: 'My Facts.Anc', create: true, mode: 'upsert' } as const
    await pipeline(parsed([['a', '1']], of), sink(options))
    await pipeline(parsed([['a', '2']], of), sink(options))
    const { rows } = await run('SELECT * FROM "My Facts"."Anc"')
    assert.deepEqual(rows, [{ 'Stage.DE "x"': 'a', Value: 2 }])
    const long = await failure(parsed([['a']], [header('é'.repeat(32))]))
    assert.match(long.message, /is 64 bytes long/)
    assert.throws(() => sink({ table: 'x'.repeat(64) }), { name: 'QueryError', message: /64 bytes/ })
  })

  it('keeps its own names apart from those of columns', async () => {
    const names = ['n', 'nth', 'fault', 'value', 's', 't', 'k0', 'action', 'seen', 'count']
    const of = [...names.map((name) => header(name)), header('v', 'NUMBER', { meta: false })]
    const row = (end: string) => [...names.map(() => 'x'), end]
    const options = { table: `${table}n`, create: true, mode: 'replace' } as const
    await pipeline(parsed([row('1')], of), sink(options))
    const again = sink(options)
    await pipeline(parsed([row('2')], of), again)
    assert.equal(again.counts.updated, 1)
    const twice = await failure(parsed([row('1'), row('2')], of), options)
    assert.deepEqual([twice.name, twice['rowNumber']], ['RowError', 2])
  })

  it('leaves no table of its own behind, however it ends', async () => {
    const own = async () => (await run(`SELECT relname FROM pg_class WHERE relname ~ '^(stage|list)_'`)).rows
    const rows = Array.from({ length: 20 }, (_, at) => [`${at}`, 'p', 'o', '1'])
    for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
      await load({ mode, slice: mode === 'replace-slice' ? { pe: ['p'] } : undefined }, rows)
      assert.deepEqual(await own(), [])
      await failure(parsed([...rows, ['x', 'p', 'o', 'no number']]), { mode })
      assert.deepEqual(await own(), [])
    }
  })

  it('needs no right to make tables, and makes none beside a temporary one', async () => {
    await run(`CREATE ROLE loader_${table} LOGIN PASSWORD 'x'; GRANT ALL ON ${table} TO loader_${table}`)
    const client = await connected(postgres.url.replace('postgres:postgres@', `loader_${table}:x@`))
    await client.query(`CREATE TEMP TABLE own (LIKE ${table} INCLUDING ALL)`)
    for (const of of [table, 'own']) {
      await load({ client, table: of })
      const changed = few.map(([dx, pe, ou]) => [dx, pe, ou, '9'])
      const counts = await load({ client, table: of, mode: 'replace-slice' }, changed)
      assert.deepEqual(counts, { inserted: 0, updated: 2, deleted: 0, unchanged: 0 })
    }
    await client.end()
  })

  it('adds up for each table that a row is in: one of a single column, and one of many', async () => {
    await run(`CREATE TABLE ${table}one (x text)`)
    const odd = ['\\.', '', 'a', '\n\\.\n', '"']
    await pipeline(
      parsed(
        odd.map((x) => [x]),
        [header('x')],
      ),
      sink({ table: `${table}one` }),
    )
    const { rows } = await run(`SELECT x FROM ${table}one`)
    assert.deepEqual(rows.map(({ x }) => x).sort(), odd.toSorted())
    const names = Array.from({ length: 300 }, (_, at) => `c${at}`)
    const wide = sink({ table: `${table}wide`, create: true })
    await pipeline(
      parsed(
        [names, names],
        names.map((name) => header(name)),
      ),
      wide,
    )
    assert.equal(wide.counts.inserted, 2)
  })
})

describe('What a row has that does not fit, toPostgres tells', () => {
  const of = [...headers, header('note', 'TEXT', { meta: false })]
  beforeEach(() => run(`ALTER TABLE ${table} ADD note varchar(20)`))

  const notes = ['', 'a', 'one\ntwo', '"', 'a\r\nb\n\n', '\n']
  for (const at of [1, 2, 900, 3000]) {
    it(`by its number, ${at}, whatever line feeds there are in front of it`, async () => {
      const rows = Array.from({ length: 3000 }, (_, i) => [
        `${i}`,
        'p',
        'o',
        '1',
        notes[(i * 7) % notes.length]!,
      ])
      rows[at - 1]![3] = 'no number'
      for (const mode of ['append', 'upsert'] as const) {
        for (const from of [
          parsed(rows, of),
          parsed(rows, of).through(castCells()),
          parsed(rows, of).through(toObjects()),
        ]) {
          const { name, rowNumber, column, message } = await failure(from, { mode })
          assert.deepEqual({ name, rowNumber, column }, { name: 'RowError', rowNumber: at, column: 'value' })
          assert.match(message, /invalid input syntax for type double precision: "no number"/)
        }
      }
    })
  }

  it('by its number, also where several processes of the server read the rows', async () => {
    const client = await connected(postgres.url)
    await client.query('SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0')
    await client.query('SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 4')
    const rows = Array.from({ length: 60_000 }, (_, i) => [`${i}`, 'p', 'o', '1', ''])
    await load({ client })
    for (const [at, cells, message] of [
      [40_001, ['7', 'p', 'o', '2', ''], /its key came before/],
      [59_999, ['x', 'other', 'o', '2', ''], /"other" is outside of the slice/],
    ] as const) {
      const wrong = rows.with(at - 1, [...cells])
      const error = await failure(parsed(wrong, of), { client, mode: 'replace-slice', slice: { pe: ['p'] } })
      assert.deepEqual([error.name, error['rowNumber']], ['RowError', at])
      assert.match(error.message, message)
    }
    await client.end()
  })

  const misfits: [column: string, cell: unknown, message: RegExp][] = [
    ['note', 'x'.repeat(21), /too long for type character varying\(20\).*xxx/],
    ['note', 'a\0b', /holds U\+0000/],
    ['value', '1e400', /1e400/],
    ['dx', new Map(), /a Map has no JSON/],
  ]
  for (const [column, cell, message] of misfits) {
    it(`with column and value: ${String(cell).slice(0, 10)} in ${column}`, async () => {
      const cells = of.map(({ name }) => (name === column ? cell : name === 'value' ? '1' : 'a\n"b",'))
      const rows = [['x', 'p', 'o', '1', 'n,"'], cells]
      const from =
        typeof cell === 'string'
          ? parsed(rows as string[][], of)
          : Readable.from(rows.map((row) => Object.fromEntries(row.map((each, at) => [of[at]!.name, each]))))
      const error = await failure(from, { mode: 'upsert', key: keys })
      assert.deepEqual([error.name, error['rowNumber'], error['column']], ['RowError', 2, column])
      assert.match(error.message, message)
    })
  }

  it('and where the table takes no NULL', async () => {
    await run(`ALTER TABLE ${table} ALTER value SET NOT NULL`)
    for (const mode of ['append', 'upsert'] as const) {
      const error = await failure(parsed([...few, ['c', 'p', 'o', '']]), { mode })
      assert.deepEqual(
        [error.name, error['rowNumber'], error['column']],
        ['RowError', 3, 'value'],
        String(error),
      )
    }
  })

  it('and leaves to the server what is the matter of the table alone', async () => {
    await run(`ALTER TABLE ${table} ADD CHECK (value < 2)`)
    const error = await failure(parsed(few), { mode: 'upsert' })
    assert.equal(error['code'], '23514')
    assert.equal(await count(), 0)
  })
})

describe('The connection of toPostgres', () => {
  it('goes back to a pool of one, on every path', async () => {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 1 })
    const ways: [from: () => Readable, options: Partial<ToPostgresOptions>, fails: boolean][] = [
      [() => parsed(few), { mode: 'upsert' }, false],
      [() => parsed([['a', 'p', 'o', 'x']]), {}, true],
      [() => parsed(few), { table: 'nowhere' }, true],
      [() => parsed([few[0]!, ['a', '202401', 'o', '9']]), { mode: 'replace' }, true],
      [
        () =>
          Readable.from(
            (async function* () {
              yield object(few[0]!)
              throw new Error('broke')
            })(),
          ),
        {},
        true,
      ],
      [() => parsed(few), { signal: AbortSignal.abort() }, true],
      [() => parsed([]), { mode: 'replace' }, true],
      [() => parsed(few), { mode: 'replace' }, false],
    ]
    for (const [from, options, fails] of ways) {
      const made = sink({ client: pool, ...options })
      const loading = pipeline(from(), made)
      await (fails ? assert.rejects(loading) : loading)
      if (!made.closed) await once(made, 'close')
      assert.deepEqual([pool.totalCount - pool.idleCount, pool.waitingCount], [0, 0])
      const { rows } = await pool.query(
        `SELECT now() = statement_timestamp() AS free, current_setting('statement_timeout') AS t`,
      )
      assert.deepEqual(rows, [{ free: true, t: '0' }])
    }
    await pool.end()
  })

  it('is waited for, and not taken where the load is given up meanwhile', async () => {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 1 })
    const taken = await pool.connect()
    const made = sink({ client: pool })
    const from = held()
    from.pipe(made)
    from.push(object(few[0]!))
    await until(() => pool.waitingCount === 1)
    made.destroy()
    await once(made, 'close')
    taken.release()
    await until(() => pool.idleCount === 1)
    assert.equal(await count(), 0)
    await pool.end()
  })

  it('may be one that is taken from a pool', async () => {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 1 })
    const client = await pool.connect()
    await load({ client })
    assert.equal((await client.query(`SELECT count(*) FROM ${table}`)).rows[0].count, '2')
    client.release()
    await pool.end()
  })

  it('has to be one that can be used', async () => {
    const message = /client: must be a Client or a Pool of pg/
    for (const client of [
      undefined,
      {},
      () => undefined,
      { query: () => undefined },
      { query: () => 1, totalCount: 1 },
    ]) {
      assert.throws(() => sink({ client: client as never }), { name: 'QueryError', message })
    }
    const unconnected = new pg.Client(postgres.url)
    assert.match((await failure(parsed(few), { client: unconnected })).message, /not connected/)
    const { client } = postgres
    await client.query('BEGIN')
    await client.query(`INSERT INTO ${table} VALUES ('mine', '', '', 0)`)
    assert.match((await failure(parsed(few))).message, /inside a transaction/)
    await client.query('COMMIT')
    assert.equal(await count(), 1)
  })

  it('outlasts what limits its time, while the source is silent', async () => {
    const client = await connected(
      `${postgres.url}?statement_timeout=150&idle_in_transaction_session_timeout=150&query_timeout=150`,
    )
    await client.query('SET transaction_timeout = 150')
    for (const mode of ['append', 'upsert'] as const) {
      const from = held()
      const loading = pipeline(from, sink({ client, mode, key: keys }))
      from.push(object(['s', mode, 'o', '1']))
      await sleep(400)
      from.push(object(['t', mode, 'o', '1']))
      from.push(null)
      await loading
    }
    assert.equal(await count(), 4)
    const { rows } = await client.query('SHOW statement_timeout')
    assert.equal(rows[0].statement_timeout, '150ms')
    await client.end()
  })

  it('may break, which ends the load and not the process', async () => {
    for (const mode of ['append', 'upsert'] as const) {
      const pool = new pg.Pool({ connectionString: postgres.url, max: 1 })
      pool.on('error', () => undefined)
      const from = held()
      const made = sink({ client: pool, mode, key: keys })
      const loading = pipeline(from, made)
      from.push(object(few[0]!))
      await until(isCopying)
      await run(`SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy`)
      await until(async () => !(await isCopying()))
      from.push(object(few[1]!))
      from.push(null)
      await assert.rejects(loading, /terminat|ECONNRESET|EPIPE|not queryable/)
      if (!made.closed) await once(made, 'close')
      await pool.query('SELECT 1')
      await pool.end()
      assert.equal(await count(), 0)
    }
  })

  it('may break between COMMIT and its answer: then nobody knows, and the error says so', async () => {
    for (const reaches of [true, false]) {
      const { port, hostname } = new URL(postgres.url)
      const sockets: Socket[] = []
      const proxy = createServer((socket) => {
        const server = connect(Number(port), hostname)
        sockets.push(socket, server)
        for (const each of [socket, server]) each.on('error', () => undefined)
        server.pipe(socket)
        socket.on('data', (bytes) => {
          const isCommit = bytes.includes('COMMIT\0')
          if (!isCommit || reaches) server.write(bytes)
          if (isCommit) {
            server.unpipe(socket)
            setTimeout(() => socket.destroy(), 50)
          }
        })
        socket.on('close', () => server.destroy())
      }).listen(0)
      await once(proxy, 'listening')
      const url = new URL(postgres.url)
      url.port = String((proxy.address() as { port: number }).port)
      const client = await connected(url.href)
      client.on('error', () => undefined)
      const error = await failure(parsed(few), { client })
      assert.equal(error.name, 'UnknownOutcomeError', String(error))
      assert.deepEqual([error['code'], error['table']], ['ERR_UNKNOWN_OUTCOME', `"${table}"`])
      await until(
        async () =>
          (
            await run(
              `SELECT FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND query ~ 'COMMIT'`,
            )
          ).rows.length === 0,
      )
      assert.equal(await count(), reaches ? 2 : 0)
      await run(`TRUNCATE ${table}`)
      for (const socket of sockets) socket.destroy()
      proxy.close()
    }
  })

  it('is given up where it waits for a lock that others do not let go of', async () => {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 1 })
    const holder = await connected(postgres.url)
    await holder.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`)
    const abort = new AbortController()
    const made = sink({ client: pool, mode: 'upsert', signal: abort.signal })
    const loading = assert.rejects(pipeline(parsed(few), made), { name: 'AbortError' })
    await until(async () => (await run('SELECT FROM pg_locks WHERE NOT granted')).rows.length > 0)
    abort.abort()
    await loading
    if (!made.closed) await new Promise((resolve) => made.once('close', resolve))
    await holder.query('ROLLBACK')
    await holder.end()
    await pool.query('SELECT 1')
    await pool.end()
    assert.equal(await count(), 0)
  })

  it('tells of a COMMIT that was refused as of any statement', async () => {
    await run(
      `ALTER TABLE ${table} ADD FOREIGN KEY (dx, pe, ou) REFERENCES ${table} DEFERRABLE INITIALLY DEFERRED`,
    )
    await run(`CREATE TABLE ${table}f (dx text UNIQUE)`)
    await run(
      `ALTER TABLE ${table} ADD CONSTRAINT known FOREIGN KEY (dx) REFERENCES ${table}f (dx) DEFERRABLE INITIALLY DEFERRED`,
    )
    const error = await failure(parsed(few))
    assert.equal(error['code'], '23503')
    assert.equal(await count(), 0)
    await postgres.client.query('SELECT 1')
  })

  it('is left by a process that is killed as if it had not been', async () => {
    await load()
    const script = `
      import { Readable } from 'node:stream'
      import { pipeline } from 'node:stream/promises'
      import pg from 'pg'
      import { toPostgres } from 'dhis2-analytics-stream/postgres'
      const client = new pg.Client(process.argv[2])
      await client.connect()
      const rows = async function* () {
        for (let i = 0; ; i++) {
          yield { dx: 'a' + i, pe: 'p', ou: 'o', value: i }
          if (i === 50000) await new Promise((resolve) => setTimeout(resolve, 60000))
        }
      }
      await pipeline(Readable.from(rows()), toPostgres({ client, table: process.argv[3], mode: process.argv[4], key: ['dx', 'pe', 'ou'], allowEmpty: process.argv[4] === 'replace' ? true : undefined }))
    `
    for (const mode of ['append', 'replace']) {
      const args = [...nodeArguments, '--input-type=module', '-e', script, 'x', postgres.url, table, mode]
      const child = spawn(process.execPath, args, {
        cwd: root,
        env: environment(),
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      await until(async () => {
        const { rows } = await run('SELECT tuples_processed AS n FROM pg_stat_progress_copy')
        return Number(rows[0]?.n ?? 0) > 10_000
      })
      child.kill('SIGKILL')
      await once(child, 'close')
      await until(async () => !(await isCopying()))
      assert.equal(await count(), 2)
    }
  })
})

describe('Beside others, toPostgres', () => {
  it('locks nobody out for as long as the rows take to come', async () => {
    await load()
    for (const mode of ['append', 'upsert', 'replace', 'replace-slice'] as const) {
      const from = held()
      const slice = mode === 'replace-slice' ? { slice: { pe: ['202401'] } } : {}
      const made = sink({ mode, key: keys, ...slice })
      const loading = pipeline(from, made)
      from.push(object(['n', '202401', mode, '1']))
      await until(isCopying)
      assert.equal(await count(), await count())
      await run(`INSERT INTO ${table} VALUES ('mine', '${mode}', 'o', 1)`)
      if (mode !== 'append') await run(`ALTER TABLE ${table} ADD IF NOT EXISTS later text`)
      from.push(null)
      await loading
      assert.equal(made.counts.inserted, 1)
    }
  })

  it('waits for another load of the table, and is right behind it', async () => {
    const other = await connected(postgres.url)
    for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
      for (const create of [false, true]) {
        const of = `${table}_${mode.replace('-', '_')}_${create}`
        if (!create) await run(`CREATE TABLE ${of} (LIKE ${table} INCLUDING ALL)`)
        const wide = [...headers, header('more', 'TEXT', { meta: false })]
        const rows = (more: string) => few.map((row) => [...row, more])
        const sinks = [postgres.client, other].map((client) =>
          sink({ client, mode, create, addColumns: true, table: of }),
        )
        await Promise.all(sinks.map((each, at) => pipeline(parsed(rows(`${at}`), wide), each)))
        const counts = sinks.map(({ counts }) => counts).sort((a, b) => b.inserted - a.inserted)
        assert.deepEqual(counts, [
          { inserted: 2, updated: 0, deleted: 0, unchanged: 0 },
          { inserted: 0, updated: 2, deleted: 0, unchanged: 0 },
        ])
        assert.equal(await count(of), 2)
      }
    }
    await other.end()
  })

  it('appends twice at once', async () => {
    const other = await connected(postgres.url)
    await run(`CREATE TABLE ${table}a (dx text, pe text, ou text, value double precision)`)
    await Promise.all([postgres.client, other].map((client) => load({ client, table: `${table}a` })))
    assert.equal(await count(`${table}a`), 4)
    await other.end()
  })
})
