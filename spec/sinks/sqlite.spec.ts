import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { TableOptions, TableRowSink } from 'dhis2-analytics-stream'
import { toSqlite } from 'dhis2-analytics-stream/sqlite'
import { environment, nodeArguments, root } from '../support/run-script.ts'
import { ask, drivers, newPath, type OpenDatabase } from '../support/sqlite-drivers.ts'
import { announcedRows, failureOf, header } from '../support/stages.ts'

const facts = [
  header('dx'),
  header('pe'),
  header('year', 'INTEGER', { meta: true }),
  header('value', 'NUMBER', { meta: false }),
]
const few = [
  ['a', '202401', '2024', '1.5'],
  ['b', '202401', '2024', ''],
  ['c', '202301', '2023', '3'],
]
const stored = few.map(([dx, pe, year, value]) => ({
  dx,
  pe,
  year: Number(year),
  value: value ? Number(value) : null,
}))
const many = Array.from({ length: 20_000 }, (_, i) => [`d${i}`, '202401', '2024', `${i}.5`])
const nothing = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }

for (const { name, skip, open, openOtherwise } of drivers) {
  describe(`toSqlite, with ${name}`, { skip }, () => {
    /** A database in a file, and another connection to it. */
    async function opened(t: TestContext) {
      const path = await newPath(t)
      const [database, other] = [open(path), open(path)]
      t.after(() => {
        database.close()
        other.close()
      })
      return { path, database, other }
    }

    async function load(
      database: OpenDatabase,
      rows: readonly unknown[],
      options: Partial<TableOptions> = {},
    ) {
      const sink = toSqlite({ database, table: 'facts', ...options })
      const source = Array.isArray(rows[0]) ? announcedRows(facts, rows) : Readable.from(rows)
      await pipeline(source, sink)
      return sink.counts
    }

    /** What it fails with, and that the table has still what it had. */
    async function refused(
      database: OpenDatabase,
      rows: readonly unknown[],
      options: Partial<TableOptions> = {},
    ) {
      const sql = `SELECT * FROM ${options.table ?? 'facts'}`
      const before = ask(database, sql)
      const error = (await failureOf(load(database, rows, options))) as Error & Record<string, unknown>
      assert.deepEqual(ask(database, sql), before)
      assert.deepEqual(ask(database, 'SELECT * FROM sqlite_temp_schema'), [])
      return error
    }

    it('makes of each cell what its column has, and of a Date in the first place no names', async (t) => {
      const { database } = await opened(t)
      database.exec(
        'CREATE TABLE facts (at TEXT, pe TEXT, yes INTEGER, none TEXT, big INTEGER, bytes, n REAL, declared DATE)',
      )
      const row = {
        at: new Date('2024-01-31T09:30:00Z'),
        pe: 202401,
        yes: true,
        none: undefined,
        big: 2n ** 53n + 1n,
        bytes: 'x',
        n: 7,
        declared: '2024-01-31 00:00:00.0',
      }
      await load(database, [row, { ...row, bytes: new Uint8Array([0, 255]) }])
      const columns = Object.keys(row).map((column) => `quote(${column}) AS ${column}`)
      const [first, second] = ask(database, `SELECT ${columns.join(', ')} FROM facts`)
      assert.deepEqual(first, {
        at: "'2024-01-31 09:30:00.000'",
        pe: "'202401'",
        yes: '1',
        none: 'NULL',
        big: '9007199254740993',
        bytes: "'x'",
        n: '7.0',
        declared: "'2024-01-31'",
      })
      assert.equal(second!['bytes'], "X'00FF'")
    })

    it('is the same whatever comes out of the connection for rows and numbers', {
      skip: !openOtherwise && 'this driver knows one form',
    }, async (t) => {
      const { path, other } = await opened(t)
      const database = openOtherwise!(path)
      t.after(() => database.close())
      database.exec(
        'CREATE TABLE facts (dx TEXT PRIMARY KEY NOT NULL, pe TEXT, year INTEGER, value REAL, one ANY AS (1)) STRICT',
      )
      const options = { mode: 'replace', key: ['dx'] } as const
      assert.equal((await load(database, few, options)).inserted, 3)
      assert.deepEqual(await load(database, few, options), { ...nothing, unchanged: 3 })
      const twice = (await failureOf(load(database, [...few, few[0]], options))) as Error
      assert.match(twice.message, /^Row 4: its key came before, in row 1: dx "a"$/)
      const empty = (await failureOf(load(database, [], options))) as Error
      assert.match(empty.message, /the answer has no rows, and would empty facts of its 3/)
      assert.equal(ask(other, 'SELECT count(*) AS size FROM facts')[0]!['size'], 3)
    })

    it('refuses what SQLite or a driver would make something else of', async (t) => {
      const { database } = await opened(t)
      database.exec('CREATE TABLE facts (whole INTEGER, n REAL, text TEXT)')
      const row = { whole: '1', n: '2', text: 'x' }
      const wrong: [string, unknown, RegExp][] = [
        ['whole', '12.5', /"12\.5" is no integer/],
        ['whole', '0x1F', /"0x1F" is no integer/],
        ['whole', '9223372036854775808', /is no integer of 64 bits/],
        ['n', 'NaN', /"NaN" is no finite number/],
        ['n', '-Infinity', /"-Infinity" is no finite number/],
        ['n', '1e400', /"1e400" is no finite number/],
        ['text', 'a\0b', /"a\\u0000b" is no text that SQLite keeps/],
        ['text', () => 1, /is no text/],
        ['text', 'x\0'.repeat(200), /: "x.{98}… is no text/],
      ]
      for (const [column, value, message] of wrong) {
        const error = await refused(database, [row, { ...row, [column]: value }])
        const { name, rowNumber, column: named } = error
        assert.deepEqual({ name, rowNumber, named }, { name: 'RowError', rowNumber: 2, named: column })
        assert.match(error.message, message)
      }
      database.exec('CREATE TABLE reals (year REAL)')
      const years = announcedRows([header('year', 'INTEGER')], [['9007199254740993']])
      const error = await failureOf(pipeline(years, toSqlite({ database, table: 'reals' })))
      assert.match(
        (error as Error).message,
        /column "year": "9007199254740993" is no whole number within 2\^53/,
      )
    })

    it('takes whole numbers for a column of integers', async (t) => {
      const { database } = await opened(t)
      database.exec('CREATE TABLE facts (n INTEGER)')
      await load(database, [{ n: 7 }, { n: 2n ** 40n }])
      await pipeline(
        announcedRows([header('n', 'NUMBER')], [['12.0']]),
        toSqlite({ database, table: 'facts' }),
      )
      assert.deepEqual(ask(database, 'SELECT n, typeof(n) AS type FROM facts'), [
        { n: 7, type: 'integer' },
        { n: 2 ** 40, type: 'integer' },
        { n: 12, type: 'integer' },
      ])
      for (const n of [12.5, 2 ** 60, 2n ** 60n]) {
        const error = await refused(database, [{ n: 1 }, { n }])
        assert.match(error.message, /^Row 2, column "n": .* is no whole number within 2\^53$/)
      }
    })

    it('stores a number as SQLite would', async (t) => {
      const { database } = await opened(t)
      const numbers = [
        0,
        -0,
        1,
        -1,
        5,
        2.5,
        127,
        128,
        -129,
        2 ** 31,
        2 ** 47,
        -(2 ** 47),
        1e15,
        2 ** 60,
        2 ** 63,
      ]
      const rows = [...numbers, 1e300].map((n) => ({ real: n, numeric: n, text: n }))
      const types = 'real REAL, numeric NUMERIC, text TEXT'
      const found = 'SELECT quote(real) AS real, quote(numeric) AS numeric, quote(text) AS text FROM facts'
      database.exec(`CREATE TABLE facts (${types})`)
      for (const { real, numeric, text } of rows) {
        const literal = (n: number) => (Object.is(n, -0) ? '-0.0' : n.toExponential())
        database.exec(`INSERT INTO facts VALUES (${literal(real)}, ${literal(numeric)}, '${text}')`)
      }
      const expected = ask(database, found)
      for (const more of ['', ', more']) {
        database.exec('DROP TABLE facts')
        database.exec(`CREATE TABLE facts (${types}${more})`)
        await load(database, rows)
        assert.deepEqual(ask(database, found), expected)
        assert.deepEqual(ask(database, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
      }
    })

    it('has text in the form that the database has it in', async (t) => {
      for (const encoding of ['UTF-16le', 'UTF-16be']) {
        const { database } = await opened(t)
        database.exec(`PRAGMA encoding = '${encoding}'`)
        database.exec('CREATE TABLE facts (dx TEXT)')
        await load(database, [{ dx: 'Kédougou 😀' }, { dx: '' }])
        assert.deepEqual(ask(database, 'SELECT dx FROM facts'), [{ dx: 'Kédougou 😀' }, { dx: null }])
      }
    })

    it('refuses bytes as text of a table that is strict', async (t) => {
      const { database } = await opened(t)
      database.exec('CREATE TABLE facts (dx TEXT) STRICT')
      const { name, message } = await refused(database, [{ dx: 'a' }, { dx: new Uint8Array([1]) }])
      assert.equal(name, 'RowError')
      assert.match(message, /^Row 2, column "dx": Uint8Array\(1\) \[ 1 \] is no text that SQLite keeps$/)
    })

    it('makes a table that takes nothing else, with its rows in the tree of the key', async (t) => {
      const { database } = await opened(t)
      await load(database, few, { mode: 'upsert', create: true })
      const [{ sql } = {}] = ask(database, `SELECT sql FROM sqlite_schema WHERE name = 'facts'`)
      assert.equal(
        sql,
        'CREATE TABLE "facts" ("dx" TEXT, "pe" TEXT, "year" INTEGER, "value" REAL, PRIMARY KEY ("dx", "pe", "year")) STRICT, WITHOUT ROWID',
      )
      assert.throws(() => database.exec(`INSERT INTO facts VALUES ('x', 'x', 12.5, 1)`))
    })

    it('does not write what is there already, and changes what is another', async (t) => {
      const { database, path } = await opened(t)
      for (const made of [
        '',
        'dx text, pe text, year int, value real, UNIQUE (dx, pe)',
        'dx, pe, year, value',
      ]) {
        if (made) database.exec(`CREATE TABLE facts (${made})`)
        const key = ['dx', 'pe']
        await load(database, many, { mode: 'upsert', key, create: true })
        const before = await readFile(path)
        for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
          const slice = mode === 'replace-slice' ? { slice: { pe: ['202401'] } } : {}
          const counts = await load(database, many, { mode, key, ...slice })
          assert.deepEqual(counts, { ...nothing, unchanged: many.length })
          assert.ok(before.equals(await readFile(path)), `${mode} has written to the file`)
        }
        const changed = many.map(([dx, pe, year], i) => [dx, pe, year, i % 2 ? `${i}.5` : '7'])
        const counts = await load(database, [...changed.slice(1), ['new', '202401', '2024', '']], {
          mode: 'replace',
          key,
        })
        const half = many.length / 2
        assert.deepEqual(counts, { inserted: 1, updated: half - 1, deleted: 1, unchanged: half })
        const [sums] = ask(database, 'SELECT count(*) AS size, sum(value = 7) AS sevens FROM facts')
        assert.deepEqual(sums, { size: many.length, sevens: half - 1 })
        database.exec('DROP TABLE facts')
      }
    })

    it('replaces a slice of a column of numbers', async (t) => {
      const { database } = await opened(t)
      await load(database, few, { mode: 'upsert', create: true })
      const options = { mode: 'replace-slice', slice: { year: ['2024'] } } as const
      assert.deepEqual(await load(database, few.slice(0, 1), options), {
        ...nothing,
        deleted: 1,
        unchanged: 1,
      })
      const error = await refused(database, few, options)
      assert.deepEqual([error['rowNumber'], error['column']], [3, 'year'])
      assert.match(error.message, /"2023" is outside of the slice/)
    })

    it('names what a table has that the rows do not fit', async (t) => {
      const { database } = await opened(t)
      const tables: [string, RegExp][] = [
        ['dx, pe, year, value AS (1)', /"value" is generated, and can not be loaded/],
        ['dx, pe, year, value, more TEXT NOT NULL', /"more" is NOT NULL, has no default, and does not come/],
        ['dx, pe, year', /it has no "value" REAL: say addColumns: true/],
      ]
      for (const [columns, message] of tables) {
        database.exec(`CREATE TABLE facts (${columns})`)
        const error = await refused(database, few)
        assert.equal(error.name, 'QueryError')
        assert.match(error.message, message)
        database.exec('DROP TABLE facts')
      }
      database.exec('CREATE TABLE facts (day REAL, "at" BLOB, yes REAL)')
      const types = [header('day', 'DATE'), header('at', 'DATETIME'), header('yes', 'BOOLEAN')]
      const differing = await failureOf(
        pipeline(announcedRows(types, []), toSqlite({ database, table: 'facts' })),
      )
      assert.match(
        (differing as Error).message,
        /the table facts: "day" is REAL, where TEXT comes; "yes" is REAL, where INTEGER comes$/,
      )
      database.exec('DROP TABLE facts')
      database.exec('CREATE VIEW facts AS SELECT 1 AS dx')
      assert.match((await refused(database, few)).message, /facts is no table, but a view/)
      const elsewhere = await failureOf(load(database, few, { table: 'nowhere.facts' }))
      assert.match((elsewhere as Error).message, /nowhere/)
    })

    it('takes text for what the column says', async (t) => {
      const { database } = await opened(t)
      const columns = { d: 'DATE', at: 'DATETIME', b: 'BOOLEAN', n: 'NUMERIC', i: 'INT', s: 'VARCHAR(9)' }
      const declared = Object.entries(columns).map(([column, type]) => `${column} ${type}`)
      database.exec(`CREATE TABLE facts (${declared.join(', ')})`)
      const row = {
        d: '2024-01-31 00:00:00.0',
        at: '2024-01-31 09:30:00.0',
        b: 'true',
        n: '1.50',
        i: '7',
        s: '1.50',
      }
      await load(database, [row])
      assert.deepEqual(ask(database, 'SELECT * FROM facts'), [
        { d: '2024-01-31', at: '2024-01-31 09:30:00.000', b: 1, n: 1.5, i: 7, s: '1.50' },
      ])
      for (const [column, value] of [
        ['d', '202401'],
        ['b', 'x'],
        ['n', 'x'],
        ['i', '1.5'],
      ] as const) {
        assert.equal((await refused(database, [row, { ...row, [column]: value }]))['column'], column)
      }
    })

    it('names the row that a constraint of the table refuses', async (t) => {
      const { database } = await opened(t)
      database.exec('CREATE TABLE facts (dx TEXT PRIMARY KEY, pe, year, value CHECK (value < 15000))')
      await load(database, few)
      const twice = [...many.slice(0, 1000), few[1]]
      const unique = await refused(database, twice)
      assert.match(unique.message, /^Row 1001: UNIQUE constraint failed: facts\.dx$/)
      assert.equal((unique['cause'] as Error).message, 'UNIQUE constraint failed: facts.dx')
      const key = ['dx']
      for (const rows of [many, [['a', '', '', '20000'], ...many.slice(0, 2)]]) {
        const { rowNumber, message } = await refused(database, rows, { mode: 'upsert', key })
        assert.equal(rowNumber, rows === many ? 15_001 : 1)
        assert.match(message, /CHECK constraint failed/)
      }
      database.exec('CREATE TABLE strict (dx TEXT NOT NULL)')
      const none = await failureOf(load(database, [{ dx: 'a' }, { dx: null }], { table: 'strict' }))
      assert.match(
        (none as Error).message,
        /Row 2, column "dx": there is no value, and the table takes no NULL/,
      )
    })

    it('tells keys apart by their bytes, whatever the column does', async (t) => {
      const { database } = await opened(t)
      database.exec('CREATE TABLE facts (dx TEXT COLLATE NOCASE, pe TEXT COLLATE NOCASE, year, value)')
      const options = { mode: 'upsert', key: ['dx'] } as const
      await load(
        database,
        [
          ['a', 'x', '1', '1'],
          ['A', 'x', '1', '1'],
        ],
        options,
      )
      assert.deepEqual(
        await load(
          database,
          [
            ['a', 'X', '1', '1'],
            ['A', 'x', '1', '1'],
          ],
          options,
        ),
        {
          ...nothing,
          updated: 1,
          unchanged: 1,
        },
      )
    })

    it('locks nothing while rows come', async (t) => {
      const { database, other } = await opened(t)
      await load(database, few, { mode: 'upsert', create: true })
      const source = new Readable({ objectMode: true, read: () => undefined })
      const sink = toSqlite({ database, table: 'facts', mode: 'replace', key: ['dx', 'pe', 'year'] })
      const loading = pipeline(source, sink)
      for (const [dx, pe, year, value] of many) source.push({ dx, pe, year, value })
      while (sink.rowCount < 19_000) await turn()
      assert.equal(ask(other, 'SELECT count(*) AS size FROM facts')[0]!['size'], 3)
      other.exec(`INSERT INTO facts VALUES ('z', '202401', 2024, 1)`)
      database.exec(`DELETE FROM facts WHERE dx = 'a'`)
      source.push(null)
      await loading
      assert.deepEqual(sink.counts, { ...nothing, inserted: many.length, deleted: 3 })
      assert.equal(ask(other, 'SELECT count(*) AS size FROM facts')[0]!['size'], many.length)
    })

    it('waits for others that write, without stopping the process', async (t) => {
      const { database, other } = await opened(t)
      await load(database, few, { create: true })
      other.exec('BEGIN IMMEDIATE')
      other.exec('DELETE FROM facts')
      const loading = load(database, few)
      await wait(100)
      other.exec('COMMIT')
      assert.equal((await loading).inserted, 3)
      assert.equal(ask(other, 'SELECT count(*) AS size FROM facts')[0]!['size'], 3)
    })

    it('gives up where they do not end, and where it is given up', async (t) => {
      const { database, other } = await opened(t)
      await load(database, few, { create: true })
      database.exec('PRAGMA busy_timeout = 60')
      other.exec('BEGIN IMMEDIATE')
      const error = (await failureOf(load(database, few))) as Error
      assert.match(error.message, /database is locked/)
      assert.deepEqual(ask(database, 'PRAGMA busy_timeout'), [{ timeout: 60 }])
      database.exec('PRAGMA busy_timeout = 100000')
      const abort = new AbortController()
      const loading = failureOf(load(database, few, { signal: abort.signal }))
      await wait(50)
      abort.abort()
      assert.equal(((await loading) as Error).name, 'AbortError')
      other.exec('ROLLBACK')
      assert.deepEqual(ask(database, 'SELECT * FROM facts'), stored)
      assert.deepEqual(ask(database, 'SELECT * FROM sqlite_temp_schema'), [])
    })

    it('lets two loads at once be two, on two connections and on one', async (t) => {
      const { database, other } = await opened(t)
      await load(database, few, { mode: 'upsert', create: true })
      for (const second of [other, database]) {
        database.exec('DELETE FROM facts')
        const options = { mode: 'upsert', key: ['dx', 'pe', 'year'] } as const
        const counts = await Promise.all([
          load(database, many.slice(0, 15_000), options),
          load(second, many.slice(5_000), options),
        ])
        assert.equal(counts[0].inserted + counts[1].inserted, many.length)
        assert.equal(counts[0].unchanged + counts[1].unchanged, 10_000)
        assert.equal(ask(other, 'SELECT count(*) AS size FROM facts')[0]!['size'], many.length)
      }
    })

    it('leaves a transaction of others alone, and has its rows whatever becomes of one', async (t) => {
      const { database } = await opened(t)
      await load(database, few, { create: true })
      database.exec('BEGIN')
      database.exec(`INSERT INTO facts VALUES ('mine', '', 1, 1)`)
      const inside = (await failureOf(load(database, few))) as Error
      assert.match(inside.message, /toSqlite: the connection is in a transaction of others/)
      database.exec('COMMIT')
      assert.equal(ask(database, 'SELECT count(*) AS size FROM facts')[0]!['size'], 4)

      const source = new Readable({ objectMode: true, read: () => undefined })
      const sink = toSqlite({ database, table: 'facts' })
      const loading = pipeline(source, sink)
      const push = () => {
        for (const [dx, pe, year, value] of many.slice(0, 1000)) source.push({ dx, pe, year, value })
      }
      push()
      while (sink.rowCount < 1000) await turn()
      database.exec('BEGIN')
      push()
      while (sink.rowCount < 2000) await turn()
      database.exec('ROLLBACK')
      source.push(null)
      await loading
      assert.deepEqual(sink.counts, { ...nothing, inserted: 2000 })
      assert.equal(ask(database, 'SELECT count(*) AS size FROM facts')[0]!['size'], 2004)
    })

    it('notices a table that has changed while the rows came', async (t) => {
      const { database, other } = await opened(t)
      other.exec('CREATE TABLE facts (dx)')
      const source = new Readable({ objectMode: true, read: () => undefined })
      const sink = toSqlite({ database, table: 'facts' })
      const loading = failureOf(pipeline(source, sink))
      for (let i = 0; i < 2000; i++) source.push({ dx: 'a' })
      while (sink.rowCount === 0) await turn()
      other.exec('DROP TABLE facts')
      other.exec('CREATE TABLE facts (dx INTEGER)')
      source.push(null)
      assert.match(((await loading) as Error).message, /the column "dx" of facts is another since/)
    })

    it('leaves the table as it was where the disk is full, for the table and for the stage', async (t) => {
      const { database } = await opened(t)
      await load(database, few, { create: true, mode: 'upsert' })
      for (const schema of ['temp', 'main']) {
        database.exec(`PRAGMA ${schema}.max_page_count = 20`)
        for (const mode of ['append', 'upsert'] as const) {
          assert.match((await refused(database, many, { mode })).message, /database or disk is full/)
        }
        database.exec(`PRAGMA ${schema}.max_page_count = 100000`)
      }
      assert.equal((await load(database, many, { mode: 'upsert' })).inserted, many.length)
    })

    it('loads into a database that is attached', async (t) => {
      const { database } = await opened(t)
      database.exec(`ATTACH '${await newPath(t)}' AS "an other"`)
      await load(database, few, { table: '"an other".facts', mode: 'upsert', create: true })
      const counts = await load(database, few, { table: '"an other".facts', mode: 'replace' })
      assert.deepEqual(counts, { ...nothing, unchanged: 3 })
      assert.deepEqual(ask(database, 'SELECT * FROM "an other".facts'), stored)
    })

    /** A load in a process of its own, which is killed. */
    async function killed(path: string, when: 'waiting' | 'merging', mode: string): Promise<void> {
      const args = [...nodeArguments, join(root, 'spec/support/sqlite-load.ts'), name, path, when, mode]
      const child = spawn(process.execPath, args, {
        env: environment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exit = once(child, 'exit')
      if (when === 'waiting') {
        await Promise.race([once(child.stdout, 'data'), exit])
        child.kill('SIGKILL')
      }
      assert.deepEqual(await exit, [null, 'SIGKILL'])
    }

    for (const when of ['waiting', 'merging'] as const) {
      for (const mode of ['append', 'upsert', 'replace'] as const) {
        it(`leaves the table as it was where the process is killed, ${when}, in mode ${mode}`, async (t) => {
          const path = await newPath(t)
          const before = open(path)
          await load(before, few, { mode: 'upsert', create: true })
          before.close()
          await killed(path, when, mode)
          const { lock } = drivers.find((driver) => driver.name === name)!
          if (when === 'merging' && lock) await rm(`${path}${lock}`, { recursive: true })
          const after = open(path)
          t.after(() => after.close())
          assert.deepEqual(ask(after, 'SELECT * FROM facts'), stored)
          assert.deepEqual(ask(after, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
          assert.equal((await load(after, many, { mode })).inserted, many.length)
        })
      }
    }
  })
}

describe('toSqlite', () => {
  it('refuses what is no database', () => {
    for (const database of [undefined, 'facts.db', {}, { exec: () => undefined }]) {
      assert.throws(() => toSqlite({ database, table: 'facts' } as never) satisfies TableRowSink, {
        name: 'QueryError',
        message: /^toSqlite: database: must be a DatabaseSync of node:sqlite, or a Database of/,
      })
    }
  })
})
