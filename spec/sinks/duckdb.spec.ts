import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { castCells, type Header, type MetaData, parseRows, type RowStream } from 'dhis2-analytics-stream'
import { type DuckDbConnection, type ToDuckDbOptions, toDuckDb } from 'dhis2-analytics-stream/duckdb'
import { emptyDirectory, environment, nodeArguments, root } from '../support/run-script.ts'
import { failureOf, gridBytes, header } from '../support/stages.ts'
import { stagingFiles } from '../support/staging-files.ts'

const headers = [header('dx'), header('pe'), header('ou'), header('value', 'NUMBER', { meta: false })]
const few = [
  ['a', '202401', 'o', '1.5'],
  ['b', '202401', 'o', '2.5'],
]
const everything = { dimensions: { dx: ['a', 'b'], pe: ['202401'], ou: ['o'] } }
const none = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }

function parsed(
  rows: unknown[][],
  of: readonly Header[] = headers,
  metaData: MetaData = everything,
): RowStream {
  const bytes = Readable.from([gridBytes(of, rows, metaData)], { objectMode: false })
  return bytes.pipe(parseRows()) as unknown as RowStream
}

let instance: DuckDBInstance
let connection: DuckDBConnection
let other: DuckDBConnection
let made = 0
let table: string

before(async () => {
  instance = await DuckDBInstance.create()
  connection = await instance.connect()
  other = await instance.connect()
})
after(() => {
  connection.disconnectSync()
  other.disconnectSync()
  instance.closeSync()
})
beforeEach(() => {
  table = `t${++made}`
})
afterEach(async () => {
  // Usable, and in no transaction.
  await connection.run('BEGIN TRANSACTION')
  await connection.run('ROLLBACK')
  assert.deepEqual(await stagingFiles(), [])
})

async function rowsOf(sql: string, from = other): Promise<unknown[][]> {
  return (await from.runAndReadAll(sql)).getRowsJson()
}

const make = (columns: string, name = table) => other.run(`CREATE TABLE ${name} (${columns})`)
const plain = 'dx text, pe text, ou text, value double, PRIMARY KEY (dx, pe, ou)'
const sink = (options: Partial<ToDuckDbOptions> = {}) => toDuckDb({ connection, table, ...options })

async function load(from: Readable, options: Partial<ToDuckDbOptions> = {}) {
  const into = sink(options)
  await pipeline(from, into)
  return into
}

async function fails(from: Readable, options: Partial<ToDuckDbOptions> = {}) {
  const into = sink(options)
  const error = await failureOf(pipeline(from, into))
  if (!into.closed) await once(into, 'close')
  assert.deepEqual(into.counts, none)
  return error as Error & { rowNumber?: number; column?: string }
}

describe('The connection of toDuckDb', () => {
  it('is refused within a transaction, which stays as it is', async () => {
    await make(plain)
    await connection.run('BEGIN TRANSACTION')
    await connection.run(`INSERT INTO ${table} VALUES ('mine', '2024', 'o', 1)`)
    const error = await fails(parsed(few))
    assert.equal(error.name, 'QueryError')
    assert.match(error.message, /the connection is in a transaction; commit it first/)
    await connection.run('COMMIT')
    assert.deepEqual(await rowsOf(`SELECT dx FROM ${table}`), [['mine']])
  })

  it('is refused where a transaction began while the rows came', async () => {
    await make(plain)
    const source = new Readable({ objectMode: true, read: () => undefined })
    const into = sink({ mode: 'upsert', key: ['dx', 'pe', 'ou'] })
    const loading = failureOf(pipeline(source, into))
    source.push({ dx: 'a', pe: '2024', ou: 'o', value: 1 })
    while ((await stagingFiles()).length === 0) await turn()
    await connection.run('BEGIN TRANSACTION')
    source.push(null)
    assert.match(String(await loading), /the connection is in a transaction/)
    await connection.run(`INSERT INTO ${table} VALUES ('mine', '2024', 'o', 1)`)
    await connection.run('COMMIT')
    assert.deepEqual(await rowsOf(`SELECT dx FROM ${table}`), [['mine']])
  })

  it('is shared by several sinks, in turn, on one table too', async () => {
    await make(plain)
    for (const mode of ['append', 'upsert', 'replace', 'replace-slice'] as const) {
      await other.run(`DELETE FROM ${table}`)
      const loads = [connection, connection, other, connection].map((one, at) =>
        load(parsed(mode === 'append' ? few.map(([dx, ...rest]) => [`${dx}${at}`, ...rest]) : few), {
          connection: one,
          mode,
        }),
      )
      const counts = (await Promise.all(loads)).map((each) => each.counts)
      const inserted = counts.map((each) => each.inserted).sort()
      assert.deepEqual(inserted, mode === 'append' ? [2, 2, 2, 2] : [0, 0, 0, 2])
      const [[count]] = (await rowsOf(`SELECT count(*) FROM ${table}`)) as [[string]]
      assert.equal(count, mode === 'append' ? '8' : '2')
    }
  })

  it('makes a table once, where several are told to', async () => {
    const loads = [connection, other].map((one) =>
      load(parsed(few), { connection: one, mode: 'upsert', create: true }),
    )
    const counts = (await Promise.all(loads)).map((each) => each.counts)
    assert.deepEqual(counts.map(({ inserted }) => inserted).sort(), [0, 2])
  })

  it('gives no turn away that was never used', async () => {
    await make(plain)
    const waiting = sink({ mode: 'upsert' })
    const loading = failureOf(pipeline(parsed(few), waiting))
    waiting.destroy()
    await loading
    await load(parsed(few), { mode: 'upsert' })
  })

  it('fails with what DuckDB says where others change the same rows, and the table is theirs', async () => {
    await make(plain)
    await load(parsed(few))
    await other.run('BEGIN TRANSACTION')
    await other.run(`UPDATE ${table} SET value = 7`)
    const error = await fails(parsed([['a', '202401', 'o', '9']]), { mode: 'upsert' })
    assert.match(error.message, /[Cc]onflict/)
    await other.run('COMMIT')
    assert.deepEqual(await rowsOf(`SELECT DISTINCT value FROM ${table}`), [[7]])
  })

  it('is interrupted in the middle of a statement, and usable then', async () => {
    await make('dx text, pe text, ou text, value double')
    await other.run(`INSERT INTO ${table} SELECT 'x' || i, '2024', 'o', i FROM range(2000000) r(i)`)
    const aborting = new AbortController()
    const seen: string[] = []
    const watched: DuckDbConnection = {
      runAndReadAll(sql) {
        seen.push(sql)
        const running = connection.runAndReadAll(sql)
        if (sql.startsWith('MERGE')) setImmediate(() => aborting.abort())
        return running
      },
      interrupt() {
        seen.push('interrupt')
        connection.interrupt()
      },
    }
    const rows = Array.from({ length: 200_000 }, (_, i) => [`x${i}`, '2024', 'o', String(i + 1)])
    const error = await fails(parsed(rows), { connection: watched, mode: 'upsert', signal: aborting.signal })
    assert.equal(error.name, 'AbortError')
    assert.deepEqual(seen.slice(-2), ['interrupt', 'ROLLBACK'])
    assert.deepEqual(await rowsOf(`SELECT count(*) FROM ${table} WHERE value <> substr(dx, 2)::double`), [
      ['0'],
    ])
  })

  it('is refused where it is none', () => {
    for (const given of [undefined, null, {}, 'dhis2.duckdb', instance]) {
      assert.throws(() => toDuckDb({ connection: given as never, table: 'anc' }), {
        name: 'QueryError',
        message: /toDuckDb: connection: must be a DuckDBConnection of @duckdb\/node-api/,
      })
    }
  })
})

describe('The columns of toDuckDb', () => {
  const typed = (type: string) => [header('dx'), header('v', type, { meta: false })]

  it('keep what fits, as the table has it', async () => {
    const cases: [valueType: string, column: string, cell: string, expected: unknown][] = [
      ['NUMBER', 'DECIMAL(10, 2)', '12.5', 12.5],
      ['NUMBER', 'INTEGER', '12.0', 12],
      ['NUMBER', 'FLOAT', '0.5', 0.5],
      ['NUMBER', 'VARCHAR', '12.50', '12.50'],
      ['NUMBER', 'DOUBLE', 'Infinity', 'Infinity'],
      ['INTEGER', 'DOUBLE', '7', 7],
      ['INTEGER', 'TINYINT', '-7', -7],
      ['BOOLEAN', 'VARCHAR', 'true', 'true'],
      ['TEXT', 'INTEGER', '202401', 202401],
      ['TEXT', 'DATE', '2024-01-31', '2024-01-31'],
      ['TEXT', "ENUM('low', 'high')", 'low', 'low'],
      ['DATE', 'TIMESTAMP', '2024-01-31', '2024-01-31 00:00:00'],
      ['DATETIME', 'DATE', '2024-01-31 00:00:00.0', '2024-01-31'],
      ['DATETIME', 'TIMESTAMP', '2024-01-31T09:30:00.000+0200', '2024-01-31 09:30:00'],
    ]
    for (const [valueType, column, cell, expected] of cases) {
      table = `t${++made}`
      await make(`dx text PRIMARY KEY, v ${column}`)
      for (const mode of ['append', 'upsert'] as const) {
        await other.run(`DELETE FROM ${table}`)
        const rows = [
          ['a', cell],
          ['b', ''],
        ]
        await load(parsed(rows, typed(valueType)), { mode })
        assert.deepEqual(
          (await rowsOf(`SELECT v FROM ${table} ORDER BY dx`)).map(([v]) =>
            typeof expected === 'number' && v !== null ? Number(v) : v,
          ),
          [expected, null],
          `${valueType} ${cell} in ${column}`,
        )
      }
      const { counts } = await load(parsed([['a', cell]], typed(valueType)), { mode: 'upsert' })
      assert.deepEqual(counts, { ...none, unchanged: 1 }, `${valueType} ${cell} in ${column}`)
    }
  })

  it('refuse what does not, and name row, column and value', async () => {
    const cases: [valueType: string, column: string, fine: string, cell: string][] = [
      ['NUMBER', 'BIGINT', '12.0', '12.5'],
      ['NUMBER', 'INTEGER', '12', '3000000000'],
      ['NUMBER', 'INTEGER', '12', 'NaN'],
      ['NUMBER', 'DECIMAL(10, 2)', '12', 'NaN'],
      ['NUMBER', 'DECIMAL(4, 2)', '12', '1234'],
      ['NUMBER', 'INTEGER', '12', 'Infinity'],
      ['INTEGER', 'BIGINT', '12', '9007199254740993'],
      ['TEXT', 'INTEGER', '12', '12.5'],
      ['TEXT', 'DATE', '2024-01-31', '202401'],
      ['TEXT', "ENUM('low', 'high')", 'low', 'middle'],
      ['DATETIME', 'DATE', '2024-01-31', '2024-01-31 09:30:00.0'],
    ]
    for (const [valueType, column, fine, cell] of cases) {
      table = `t${++made}`
      await make(`dx text, v ${column}`)
      const rows = [
        ['a', fine],
        ['b', ''],
        ['c', cell],
        ['d', cell],
      ]
      const error = await fails(parsed(rows, typed(valueType)))
      assert.deepEqual(
        [error.name, error.rowNumber, error.column],
        ['RowError', 3, 'v'],
        `${valueType} ${cell} in ${column}: ${error}`,
      )
      assert.ok(error.message.includes(cell.slice(0, 10)), error.message)
      assert.deepEqual(await rowsOf(`FROM ${table}`), [])
    }
  })

  it('are refused where they are of other types, all at once', async () => {
    await make('dx text[], pe text, ou blob, value boolean')
    const error = await fails(parsed(few))
    assert.equal(error.name, 'QueryError')
    assert.match(
      error.message,
      /dx is VARCHAR\[\], and VARCHAR comes; ou is BLOB, and VARCHAR comes; value is BOOLEAN, and DOUBLE comes/,
    )
    await other.run(`DROP TABLE ${table}`)
    await make('dx text, v timestamptz')
    assert.match(
      (await fails(parsed([['a', '2024-01-31']], typed('DATETIME')))).message,
      /v is TIMESTAMP WITH/,
    )
  })

  it('are NaN as NULL where they could have it', async () => {
    await make('dx text, v double')
    await load(parsed([['a', 'NaN']], typed('NUMBER')))
    assert.deepEqual(await rowsOf(`FROM ${table}`), [['a', null]])
  })

  it('name the row that lacks a value where the table takes no NULL', async () => {
    await make('dx text, v double NOT NULL')
    const rows = [
      ['a', '1'],
      ['b', ''],
    ]
    const error = await fails(parsed(rows, typed('NUMBER')))
    assert.deepEqual([error.name, error.rowNumber, error.column], ['RowError', 2, 'v'])
    assert.match(error.message, /the table takes no NULL/)
  })

  it('are known in lower and upper case, and under names that mean something in SQL', async () => {
    await make('"DX" text PRIMARY KEY, "select" double, "a""b" text')
    const given = [
      header('dx'),
      header('Select', 'NUMBER', { meta: false }),
      header('a"b', 'TEXT', { meta: false }),
    ]
    await load(parsed([['a', '1', 'x']], given), { mode: 'upsert' })
    assert.deepEqual(await rowsOf(`FROM ${table}`), [['a', 1, 'x']])
    const file = [header('file_row_number'), header('fault'), header('s', 'NUMBER', { meta: false })]
    table = `t${++made}`
    await load(parsed([['a', 'b', '1']], file), { mode: 'upsert', create: true })
    assert.deepEqual(await rowsOf(`FROM ${table}`), [['a', 'b', 1]])
  })

  it('were changed while the rows came', async () => {
    await make('dx text, v double')
    const source = new Readable({ objectMode: true, read: () => undefined })
    const loading = failureOf(pipeline(source, sink()))
    source.push({ dx: 'a', v: 1 })
    while ((await stagingFiles()).length === 0) await turn()
    await other.run(`ALTER TABLE ${table} ALTER v TYPE text`)
    source.push(null)
    assert.match(
      String(await loading),
      /QueryError.*the column v of "t\d+" became VARCHAR while the rows came/,
    )
  })
})

describe('The table of toDuckDb', () => {
  it('is found in its schema, its catalogue, and under a name with odd characters', async () => {
    await other.run(`CREATE SCHEMA s${made}; ATTACH ':memory:' AS a${made}`)
    for (const name of [`s${made}.facts`, `a${made}.main.facts`, `main."odd ""name""."`]) {
      await load(parsed(few), { table: name, create: true })
      await load(parsed(few), { table: name, mode: 'append' })
      assert.deepEqual(await rowsOf(`SELECT count(*) FROM ${name}`), [['4']])
    }
  })

  it('takes an empty cell of the key for the NULL that others have left there', async () => {
    await make('dx text, pe text, ou text, value double')
    await other.run(`INSERT INTO ${table} VALUES ('a', '202401', NULL, 1), (NULL, '202401', 'o', 2)`)
    const rows = [
      ['a', '202401', '', '5'],
      ['', '202401', 'o', '2'],
    ]
    for (const mode of ['upsert', 'replace-slice', 'replace'] as const) {
      const slice = mode === 'replace-slice' ? { slice: { ou: ['', 'o'] } } : {}
      const { counts } = await load(parsed(rows), { mode, ...slice })
      assert.deepEqual(counts, {
        ...none,
        updated: mode === 'upsert' ? 1 : 0,
        unchanged: mode === 'upsert' ? 1 : 2,
      })
    }
    assert.deepEqual(await rowsOf(`SELECT value FROM ${table} ORDER BY value`), [[2], [5]])
  })

  it('is compared by all columns of the key, where its own key has fewer too', async () => {
    await make('dx text, pe text, ou text, value double, PRIMARY KEY (dx, pe)')
    await load(parsed(few), { mode: 'upsert' })
    const { counts } = await load(parsed(few), { mode: 'upsert' })
    assert.deepEqual(counts, { ...none, unchanged: 2 })
  })

  it('may have nothing but a key', async () => {
    const given = [header('ou'), header('pe')]
    const rows = [
      ['o', '1'],
      ['p', '1'],
    ]
    for (const unchanged of [0, 2]) {
      const { counts } = await load(parsed(rows, given), { mode: 'upsert', key: ['ou', 'pe'], create: true })
      assert.deepEqual(counts, { ...none, inserted: 2 - unchanged, unchanged })
    }
  })

  it('is refused before the rows come where nothing can be put into it', async (t) => {
    const given = headers.map(({ name }) => `'' AS ${name}`).join(', ')
    await other.run(`CREATE VIEW ${table} AS SELECT ${given.replace("'' AS value", '0.5::double AS value')}`)
    const path = join(await emptyDirectory(t), 'read.duckdb')
    await other.run(`ATTACH '${path}' AS w${made}; CREATE TABLE w${made}.facts (${plain}); DETACH w${made}`)
    await other.run(`ATTACH '${path}' AS r${made} (READ_ONLY)`)
    for (const [name, message] of [
      [table, /not an table|base table/],
      [`r${made}.facts`, /read-only/],
    ] as const) {
      const source = new Readable({ objectMode: true, read: () => undefined })
      source.push({ dx: 'a', pe: '2024', ou: 'o', value: 1 })
      assert.match((await fails(source, { table: name })).message, message)
    }
    await other.run(`DETACH r${made}`)
  })

  it('is not there, and is not made, where the rows are refused', async () => {
    const twice = [...few, few[0]!]
    assert.equal((await fails(parsed(twice), { mode: 'upsert', create: true })).name, 'RowError')
    await assert.rejects(rowsOf(`FROM ${table}`), /does not exist/)
  })

  it('is read by others as it was until all is there', async () => {
    await make(plain)
    await load(parsed(few))
    const source = new Readable({ objectMode: true, read: () => undefined })
    const loading = pipeline(source, sink({ mode: 'replace', key: ['dx', 'pe', 'ou'] }))
    for (let i = 0; i < 3000; i++) source.push({ dx: `d${i}`, pe: '202401', ou: 'o', value: i })
    while ((await stagingFiles()).length === 0) await turn()
    assert.deepEqual(await rowsOf(`SELECT count(*) FROM ${table}`), [['2']])
    await other.run(`INSERT INTO ${table} VALUES ('mine', '2024', 'o', 1)`)
    source.push(null)
    await loading
    assert.deepEqual(await rowsOf(`SELECT count(*) FROM ${table}`), [['3000']])
  })
})

describe('The temporary file of toDuckDb', () => {
  const inDirectory = async (path: string, work: () => Promise<void>) => {
    const { TMPDIR } = process.env
    process.env['TMPDIR'] = path
    try {
      await work()
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    }
  }

  it('is found in a folder whose name is a pattern, and is nobody else’s to read', async (t) => {
    const directory = await emptyDirectory(t)
    const odd = join(directory, "h[1]*?'s")
    await mkdir(odd)
    await mkdir(join(directory, "h1's"))
    await inDirectory(odd, async () => {
      const source = new Readable({ objectMode: true, read: () => undefined })
      const loading = pipeline(source, sink({ create: true }))
      source.push({ dx: 'a', v: 1 })
      while ((await stagingFiles(odd)).length === 0) await turn()
      const [name] = await stagingFiles(odd)
      assert.equal((await stat(join(odd, name!))).mode & 0o777, 0o600)
      source.push(null)
      await loading
    })
    assert.deepEqual(await rowsOf(`FROM ${table}`), [['a', 1]])
    assert.deepEqual(await readdir(odd), [])
  })

  it('can not be written: a DestinationError says so', async (t) => {
    const directory = await emptyDirectory(t)
    await writeFile(join(directory, 'file'), '')
    await make(plain)
    await inDirectory(join(directory, 'file'), async () => {
      const error = await fails(parsed(few).through(castCells()))
      assert.equal(error.name, 'DestinationError')
    })
    await load(parsed(few))
  })
})

describe('A process that ends in the middle of toDuckDb', () => {
  /** Ends itself by `signal` where a statement is done that begins with `statement`, or when rows are in the file. */
  const script = `
    import { readdirSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { Readable } from 'node:stream'
    import { pipeline } from 'node:stream/promises'
    import { DuckDBInstance } from '@duckdb/node-api'
    import { toDuckDb } from 'dhis2-analytics-stream/duckdb'
    const [, path, mode, statement, signal] = process.argv
    const duckdb = await (await DuckDBInstance.create(path)).connect()
    const end = async () => {
      process.kill(process.pid, signal)
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }
    const connection = {
      async runAndReadAll(sql) {
        const answer = await duckdb.runAndReadAll(sql)
        if (statement && sql.startsWith(statement)) await end()
        return answer
      },
      interrupt: () => duckdb.interrupt(),
    }
    const rows = function* () {
      for (let i = 0; i < 20_000; i++) yield { dx: 'n' + i, pe: '202401', ou: 'o', value: i }
    }
    const source = async function* () {
      yield* rows()
      if (!statement) await end()
    }
    const slice = mode === 'replace-slice' ? { slice: { pe: ['202401'] } } : {}
    await pipeline(
      Readable.from(source()),
      toDuckDb({ connection, table: 'facts', mode, key: ['dx', 'pe', 'ou'], ...slice }),
    )`

  const cases: [mode: string, statement: string, signal: NodeJS.Signals][] = [
    ['append', '', 'SIGKILL'],
    ['append', 'INSERT', 'SIGKILL'],
    ['upsert', 'MERGE', 'SIGKILL'],
    ['replace', 'DELETE', 'SIGKILL'],
    ['replace-slice', 'MERGE', 'SIGKILL'],
    ['append', '', 'SIGTERM'],
    ['upsert', 'MERGE', 'SIGTERM'],
  ]
  for (const [mode, statement, signal] of cases) {
    it(`by ${signal}, in mode ${mode}, ${statement ? `behind its ${statement}` : 'while rows come'}: the table is as it was`, async (t) => {
      const directory = await emptyDirectory(t)
      const path = join(directory, 'dhis2.duckdb')
      const file = await DuckDBInstance.create(path)
      const first = await file.connect()
      await first.run(`CREATE TABLE facts (${plain})`)
      await load(parsed(few), { connection: first, table: 'facts' })
      first.disconnectSync()
      file.closeSync()
      const args = [...nodeArguments, '--input-type=module', '-e', script, path, mode, statement, signal]
      const child = spawn(process.execPath, args, {
        cwd: root,
        env: { ...environment({ TMPDIR: directory }) },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const [, endedBy] = (await once(child, 'close')) as [number | null, string | null]
      assert.equal(endedBy, signal)
      const again = await DuckDBInstance.create(path)
      const reading = await again.connect()
      assert.deepEqual(await rowsOf('FROM facts ORDER BY dx', reading), [
        ['a', '202401', 'o', 1.5],
        ['b', '202401', 'o', 2.5],
      ])
      reading.disconnectSync()
      again.closeSync()
      const left = (await readdir(directory)).filter((name) => name.endsWith('.parquet'))
      assert.equal(left.length, signal === 'SIGKILL' ? 1 : 0)
    })
  }
})
