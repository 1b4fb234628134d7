import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  batchRows,
  castCells,
  type Header,
  type MetaData,
  type RowStream,
  type TableOptions,
  type TableRowSink,
  toObjects,
} from 'dhis2-analytics-stream'
import fc from 'fast-check'
import { announcedRows, failureOf, gridBytes, header, parsedRows } from '../support/stages.ts'

/** A database that a sink writes to, for {@link tableContract}. */
export interface TestDatabase extends AsyncDisposable {
  /** The sink, on a connection to this database that the user has given. */
  sink(options: TableOptions): TableRowSink
  /** Runs a statement, from another connection where there can be one. */
  run(sql: string): Promise<void>
  /** The rows of a table, of which numbers are numbers and NULL is null. */
  rows(table: string): Promise<Record<string, unknown>[]>
  /** Whether the connection that was given can be used as before: nothing is under way on it, and nothing left. */
  isIdle(): Promise<boolean>
}

type Cells = [dx: string, pe: string, ou: string, value: string, note: string]

const headers = [
  header('dx'),
  header('pe'),
  header('ou'),
  header('value', 'NUMBER', { meta: false }),
  header('note', 'TEXT', { meta: false }),
]
const names = headers.map(({ name }) => name)
const keyNames = ['dx', 'pe', 'ou']
const definition = 'dx text, pe text, ou text, value double precision, note text'

/** What is hard to carry in one format or another. */
const oddTexts = [
  '\\.',
  '\\',
  '\\N',
  'NULL',
  '"',
  '""',
  "'",
  'a,b',
  'a\nb',
  'a\r\nb',
  '\n\\.\n',
  '\t',
  ' ',
  ' a ',
  '😀',
  'Kédougou, "nord"',
  '$1',
  ';--',
  '{"type":"Point","coordinates":[1,2]}',
]
const oddText = fc.constantFrom('', 'a', ...oddTexts)
const number = fc.constantFrom('', '0', '1.5', '90.0', '1.0E-4', '-3', '101.47')

/** Rows of different keys. */
const answer: fc.Arbitrary<Cells[]> = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom('a', 'b', 'c,d'),
    fc.constantFrom('202401', '202402'),
    fc.constantFrom('o', 'ó"', '\\.', ''),
    number,
    oddText,
  ),
  { selector: ([dx, pe, ou]) => JSON.stringify([dx, pe, ou]), maxLength: 12 },
)

function everything(): MetaData {
  return {
    dimensions: { dx: ['a', 'b', 'c,d'], pe: ['202401', '202402'], ou: ['o', 'ó"', '\\.', ''], co: [] },
  }
}

type Lane = (rows: readonly unknown[][], metaData: MetaData | undefined) => RowStream | Readable

/** A row stream, parsed from bytes. */
function parsed(rows: readonly unknown[][], metaData?: MetaData, of: readonly Header[] = headers): RowStream {
  return parsedRows(of, rows, metaData)
}

/** The ways that rows can come. */
const lanes: Record<string, Lane> = {
  'straight from the bytes': (rows, metaData) => parsed(rows, metaData),
  'a column at a time': (rows, metaData) => parsed(rows, metaData).through(castCells()),
  'as objects': (rows, metaData) => parsed(rows, metaData).through(castCells(), toObjects()),
  'from a stage of others, which tells nothing': (rows) =>
    Readable.from(
      rows.map((row) => Object.fromEntries(row.map((cell, at) => [names[at]!, cell === '' ? null : cell]))),
    ),
}

/** The rows that a table has of an answer: numbers, and null in place of nothing but in the key. */
function stored(rows: readonly Cells[]): Record<string, unknown>[] {
  return rows.map(([dx, pe, ou, value, note]) => ({
    dx,
    pe,
    ou,
    value: value === '' ? null : Number(value),
    note: note === '' ? null : note,
  }))
}

const keyOf = (row: Record<string, unknown>) => JSON.stringify(keyNames.map((name) => row[name]))
const inOrder = (rows: Record<string, unknown>[]) =>
  rows.map((row) => JSON.stringify(names.map((name) => row[name]))).sort()

/** What a load makes of a table. */
function model(
  before: Record<string, unknown>[],
  came: readonly Cells[],
  { mode = 'append', slice = {} }: Partial<TableOptions>,
) {
  const rows = stored(came)
  const isCovered = (row: Record<string, unknown>) =>
    Object.entries(slice).every(([name, items]) => items.includes(row[name] as string))
  if (mode === 'append')
    return {
      after: [...before, ...rows],
      counts: { inserted: rows.length, updated: 0, deleted: 0, unchanged: 0 },
    }
  const old = new Map(before.map((row) => [keyOf(row), row]))
  const fresh = new Map(rows.map((row) => [keyOf(row), row]))
  const isGone = (row: Record<string, unknown>) =>
    !fresh.has(keyOf(row)) && (mode === 'replace' || (mode === 'replace-slice' && isCovered(row)))
  const same = rows.filter((row) => JSON.stringify(old.get(keyOf(row))) === JSON.stringify(row))
  const inserted = rows.filter((row) => !old.has(keyOf(row)))
  const kept = before.filter((row) => !fresh.has(keyOf(row)) && !isGone(row))
  return {
    after: [...kept, ...rows],
    counts: {
      inserted: inserted.length,
      updated: rows.length - inserted.length - same.length,
      deleted: before.filter(isGone).length,
      unchanged: same.length,
    },
  }
}

/** What every sink for tables promises, held to a real database. `start` is called once. */
export function tableContract(name: string, start: () => Promise<TestDatabase>): void {
  let database: TestDatabase
  let made = 0
  let table: string

  const load = async (from: RowStream | Readable, options: Partial<TableOptions> = {}) => {
    const sink = database.sink({ table, ...options })
    await pipeline(from, sink)
    return sink
  }
  const fails = async (from: RowStream | Readable, options: Partial<TableOptions> = {}) => {
    const sink = database.sink({ table, ...options })
    const error = (await failureOf(pipeline(from, sink))) as Error
    if (!sink.closed) await new Promise((resolve) => sink.once('close', resolve))
    assert.ok(await database.isIdle(), 'the connection is not idle')
    assert.deepEqual(sink.counts, { inserted: 0, updated: 0, deleted: 0, unchanged: 0 })
    return error
  }
  const has = async (rows: readonly Cells[] | Record<string, unknown>[]) => {
    const expected = Array.isArray(rows[0]) ? stored(rows as Cells[]) : (rows as Record<string, unknown>[])
    assert.deepEqual(inOrder(await database.rows(table)), inOrder(expected))
  }
  const makeTable = (key = `, PRIMARY KEY (${keyNames})`) =>
    database.run(`CREATE TABLE ${table} (${definition}${key})`)

  describe(`${name}, as any sink for tables`, () => {
    before(async () => {
      database = await start()
    })
    after(() => database[Symbol.asyncDispose]())
    beforeEach(() => {
      table = `facts_${++made}`
    })

    const few: Cells[] = [
      ['a', '202401', 'o', '1.5', ''],
      ['a', '202402', 'o', '', 'x'],
      ['b', '202401', '', '90.0', '😀 "\n'],
    ]
    const many: Cells[] = Array.from({ length: 2500 }, (_, i) => [`d${i}`, '2024', 'o', `${i}.5`, `n ${i}`])

    /** Rows, of which there may always be one more. */
    function withoutEnd(whenWaiting: () => void = () => undefined): Readable {
      const rows = many.map(([dx, pe, ou]) => ({ dx, pe, ou }))
      return new Readable({
        objectMode: true,
        read() {
          if (rows.length > 0) this.push(rows.shift())
          else setImmediate(whenWaiting)
        },
      })
    }

    for (const [lane, source] of Object.entries(lanes)) {
      const options: Partial<TableOptions> = { key: keyNames }

      describe(`with rows ${lane}`, () => {
        for (const mode of ['append', 'upsert', 'replace', 'replace-slice'] as const) {
          it(`does in mode ${mode}, load after load, as a model does`, async () => {
            await fc.assert(
              fc.asyncProperty(fc.array(answer, { minLength: 2, maxLength: 3 }), async (answers) => {
                table = `facts_${++made}`
                await makeTable(mode === 'append' ? '' : undefined)
                let rows: Record<string, unknown>[] = []
                for (const came of answers) {
                  const slice = { pe: ['202401'], ou: ['o', '\\.', ''] }
                  const isIn = ([, pe, ou]: Cells) => slice.pe.includes(pe) && slice.ou.includes(ou)
                  const isSlice = mode === 'replace-slice' && rows.length > 0
                  const sent = isSlice ? came.filter(isIn) : came
                  const all = isSlice
                    ? { mode, slice }
                    : { mode: mode === 'append' ? mode : ('upsert' as const) }
                  const loaded = mode === 'replace' ? { mode, allowEmpty: true } : all
                  const expected = model(rows, sent, loaded)
                  const sink = await load(source(sent, everything()), { ...options, ...loaded })
                  assert.deepEqual(sink.counts, expected.counts)
                  assert.equal(sink.rowCount, sent.length)
                  rows = expected.after
                  await has(rows)
                }
                await database.run(`DROP TABLE ${table}`)
              }),
              { numRuns: 8 },
            )
          })
        }

        it('keeps thousands of rows, and odd texts', async () => {
          await makeTable()
          const rows = [...many, ...oddTexts.map((text): Cells => [text, text, text, '', text])]
          await load(source(rows, undefined), { ...options, mode: 'upsert' })
          await has(rows)
          const again = await load(source(rows, undefined), { ...options, mode: 'upsert' })
          assert.deepEqual(again.counts, { inserted: 0, updated: 0, deleted: 0, unchanged: rows.length })
          assert.ok(await database.isIdle())
        })

        for (const at of [1, 2, 1700]) {
          it(`names the row ${at}, its column and the value where it does not fit`, async () => {
            await makeTable()
            await load(source(few, undefined), { ...options, mode: 'upsert' })
            const rows = many.map((row) => [...row])
            rows[0]![4] = 'one\nof two'
            rows[at - 1]![3] = 'twelve'
            for (const mode of ['append', 'upsert'] as const) {
              const error = await fails(source(rows, undefined), { ...options, mode })
              const { name, rowNumber, column, message } = error as Error & Record<string, unknown>
              assert.deepEqual(
                { name, rowNumber, column },
                { name: 'RowError', rowNumber: at, column: 'value' },
              )
              assert.match(String(message), /twelve/)
            }
            await has(few)
          })
        }

        it('leaves the table as it was where the source fails, at any time', async () => {
          await makeTable()
          await load(source(few, undefined), { ...options, mode: 'upsert' })
          for (const mode of ['append', 'upsert', 'replace', 'replace-slice'] as const) {
            for (const count of [0, 1, 1000, 2499]) {
              const failing = source(many, everything()).compose(async function* (
                rows: AsyncIterable<unknown>,
              ) {
                let left = count
                for await (const row of rows) {
                  if (left-- === 0) throw new Error('the source broke')
                  yield Array.isArray(row)
                    ? Object.fromEntries(row.map((cell, at) => [names[at]!, cell]))
                    : row
                }
              } as never) as unknown as Readable
              const slice = mode === 'replace-slice' ? { slice: { pe: ['2024'] } } : {}
              const error = await fails(failing, { ...options, mode, ...slice })
              assert.match(error.message, /the source broke/)
            }
          }
          await has(few)
        })
      })
    }

    it('is aborted by its signal, before and in the middle, and by that of the pipeline', async () => {
      await makeTable()
      await load(parsed(few))
      const rows = parsed(many)
      assert.equal((await fails(rows, { signal: AbortSignal.abort() })).name, 'AbortError')
      for (const mode of ['append', 'upsert'] as const) {
        const abort = new AbortController()
        const options = { signal: abort.signal, mode, key: keyNames }
        const never = withoutEnd(() => abort.abort())
        assert.equal((await fails(never, options)).name, 'AbortError')
      }
      await has(few)
    })

    it('is as if it had not been where it is destroyed, or left', async () => {
      await makeTable()
      await load(parsed(few))
      const sink = database.sink({ table, mode: 'replace', key: keyNames })
      withoutEnd().pipe(sink)
      while (sink.rowCount === 0 && !sink.errored) await turn()
      sink.destroy()
      await new Promise((resolve) => sink.once('close', resolve))
      assert.ok(await database.isIdle())
      await has(few)
    })

    it('opens nothing before the first row', async () => {
      const source = new Readable({ objectMode: true, read: () => undefined })
      const sink = database.sink({ table, key: keyNames })
      const loading = pipeline(source, sink)
      for (let i = 0; i < 20; i++) await turn()
      assert.ok(await database.isIdle())
      await makeTable()
      source.push({ dx: 'a', pe: '202401', ou: 'o' })
      source.push(null)
      await loading
      assert.equal((await database.rows(table)).length, 1)
      const unused = database.sink({ table })
      unused.destroy()
      await new Promise((resolve) => unused.once('close', resolve))
    })

    it('makes the table it is told to make, whose key holds', async () => {
      for (const mode of ['append', 'upsert', 'replace', 'replace-slice'] as const) {
        table = `facts_${++made}`
        const missing = await fails(parsed(few, everything()), { mode })
        assert.equal(missing.name, 'QueryError')
        assert.match(missing.message, new RegExp(`no table .*${table}.*create`))
        const first = await load(parsed(few, everything()), { mode, create: true })
        assert.deepEqual(first.counts, { inserted: 3, updated: 0, deleted: 0, unchanged: 0 })
        await has(few)
        const second = await load(parsed(few, everything()), { mode, create: true })
        const unchanged = mode === 'append' ? 0 : 3
        assert.deepEqual(second.counts, { inserted: 3 - unchanged, updated: 0, deleted: 0, unchanged })
        if (mode !== 'append') {
          const sql = `INSERT INTO ${table} (dx, pe, ou) VALUES ('a', '202401', 'o')`
          await assert.rejects(database.run(sql))
        }
      }
    })

    it('makes the table also of an answer without rows', async () => {
      await load(parsed([]), { create: true })
      await has([])
      await load(parsed(few))
      await has(few)
    })

    it('types its columns by their headers', async () => {
      const types = ['TEXT', 'NUMBER', 'INTEGER', 'BOOLEAN', 'DATE', 'DATETIME']
      const typed = types.map((type) => header(type.toLowerCase(), type, { meta: type === 'TEXT' }))
      const row = ['t', '1.0E-4', '7', '1', '2022-12-29 00:00:00.0', '2022-12-29 09:30:00.0']
      await load(parsed([row, ['u', '', '', '', '', '']], undefined, typed), { create: true })
      const [first, second] = await database.rows(table)
      assert.deepEqual([first!['number'], Number(first!['integer'])], [1e-4, 7])
      assert.ok([true, 1, 1n].includes(first!['boolean'] as never))
      assert.deepEqual(Object.values(second!).slice(1), [null, null, null, null, null])
      for (const [column, cell] of [
        ['integer', '1.5'],
        ['boolean', 'perhaps'],
        ['date', '2022-02-30'],
        ['date', '2022-12-29 09:30:00.0'],
        ['datetime', 'noon'],
      ]) {
        const cells = typed.map(({ name }, at) => (name === column ? cell : row[at]))
        const error = await fails(parsed([row, cells], undefined, typed))
        const { rowNumber, column: named } = error as unknown as Record<string, unknown>
        assert.deepEqual({ rowNumber, named }, { rowNumber: 2, named: column }, String(error))
        assert.ok(error.message.includes(cell!.slice(0, 16)), error.message)
      }
    })

    it('adds the columns it is told to add, and names them where it is not', async () => {
      for (const mode of ['append', 'upsert', 'replace', 'replace-slice'] as const) {
        table = `facts_${++made}`
        await database.run(`CREATE TABLE ${table} (dx text, pe text, ou text, PRIMARY KEY (${keyNames}))`)
        await database.run(`INSERT INTO ${table} VALUES ('old', '2019', 'o')`)
        const error = await fails(parsed(few, everything()), { mode })
        assert.equal(error.name, 'QueryError')
        assert.match(error.message, /value.*note.*addColumns/)
        await load(parsed(few, everything()), { mode, addColumns: true })
        const old = { dx: 'old', pe: '2019', ou: 'o', value: null, note: null }
        await has(mode === 'replace' ? stored(few) : [old, ...stored(few)])
      }
    })

    it('leaves the columns that do not come as they are', async () => {
      await database.run(
        `CREATE TABLE ${table} (mine text DEFAULT 'm', ${definition}, PRIMARY KEY (${keyNames}))`,
      )
      await database.run(`INSERT INTO ${table} (mine, dx, pe, ou) VALUES ('kept', 'a', '202401', 'o')`)
      const { counts } = await load(parsed(few), { mode: 'upsert' })
      assert.deepEqual(counts, { inserted: 2, updated: 1, deleted: 0, unchanged: 0 })
      const mine = (await database.rows(table)).map((row) => row['mine'])
      assert.deepEqual(mine.sort(), ['kept', 'm', 'm'])
    })

    it('refuses to empty a table without being told', async () => {
      await makeTable()
      await load(parsed(few))
      const error = await fails(parsed([], everything()), { mode: 'replace' })
      assert.equal(error.name, 'QueryError')
      assert.match(error.message, /no rows.* of its 3; .*allowEmpty/)
      await has(few)
      const { counts } = await load(parsed([]), { mode: 'replace', allowEmpty: true })
      assert.equal(counts.deleted, 3)
      await has([])
      await load(parsed([]), { mode: 'replace' })
    })

    it('replaces what the query covered, also where it gave nothing', async () => {
      await makeTable()
      await load(parsed(few))
      const covered = { dimensions: { dx: ['a', 'b'], pe: ['202401'], ou: ['o', 'p'] } }
      const { counts } = await load(parsed([], covered), { mode: 'replace-slice' })
      assert.equal(counts.deleted, 1)
      await has(few.slice(1))
      const none = Readable.from([])
      const options = { mode: 'replace-slice', key: keyNames, slice: { dx: ['a'] } } as const
      assert.equal((await load(none, options)).counts.deleted, 1)
      await has(few.slice(2))
    })

    it('deletes nothing where it is not known what the query covered, or a row is outside of it', async () => {
      await makeTable()
      await load(parsed(few))
      const unknown: (MetaData | undefined)[] = [
        undefined,
        {},
        { dimensions: {} },
        { dimensions: { J5jldMd8OHv: ['a'] } },
        { dimensions: { ...everything().dimensions, ou: [] } },
      ]
      for (const metaData of unknown) {
        const error = await fails(parsed(few, metaData), { mode: 'replace-slice' })
        assert.equal(error.name, 'QueryError')
        assert.match(error.message, /does not say .*; say in slice/)
      }
      const outside = await fails(parsed(few, everything()), {
        mode: 'replace-slice',
        slice: { pe: ['202401'], dx: ['a', 'b'] },
      })
      assert.equal(outside.name, 'RowError')
      assert.equal((outside as unknown as { rowNumber: number }).rowNumber, 2)
      assert.match(outside.message, /202402/)
      await has(few)
    })

    it('names a key that comes twice, and one that is NULL', async () => {
      await makeTable('')
      const twice: Cells[] = [...few, ['a', '202402', 'o', '7', '']]
      for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
        for (const create of [false, true]) {
          const options = { mode, ...(create && { create, table: `${table}_new` }) }
          const error = await fails(parsed(twice, everything()), options)
          assert.equal(error.name, 'RowError', String(error))
          assert.equal((error as unknown as { rowNumber: number }).rowNumber, 4)
          assert.match(error.message, /"a".*"202402".*"o"/)
          const numbers = [header('n', 'NUMBER'), header('v', 'NUMBER', { meta: false })]
          const nothing = await fails(
            parsed(
              [
                ['1', '1'],
                ['', '2'],
              ],
              { dimensions: { n: ['1'] } },
              numbers,
            ),
            {
              mode,
              create: true,
              table: `${table}_n`,
            },
          )
          const { name, rowNumber, column } = nothing as Error & Record<string, unknown>
          assert.deepEqual({ name, rowNumber, column }, { name: 'RowError', rowNumber: 2, column: 'n' })
        }
      }
      await has([])
    })

    it('names a key of the table that comes twice, whichever of the two is as the table has it', async () => {
      await makeTable()
      await load(parsed(few))
      const [[dx, pe, ou, value, flag] = []] = few
      const same: Cells = [dx!, pe!, ou!, value!, flag!]
      const other: Cells = [dx!, pe!, ou!, '77', flag!]
      const another: Cells = [dx!, pe!, ou!, '78', flag!]
      for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
        for (const [first, second] of [
          [same, other],
          [other, same],
          [other, another],
          [other, other],
        ] as const) {
          const error = await fails(parsed([first, ...few.slice(1), second], everything()), { mode })
          assert.equal(error.name, 'RowError', String(error))
          assert.equal((error as unknown as { rowNumber: number }).rowNumber, few.length + 1)
        }
      }
      await has(few)
    })

    it('refuses a table in which a key is there twice', async () => {
      await makeTable('')
      await load(parsed([...few, few[0]!]))
      for (const mode of ['upsert', 'replace', 'replace-slice'] as const) {
        const error = await fails(parsed(few, everything()), { mode })
        assert.equal(error.name, 'QueryError')
        assert.match(error.message, /"a".*"202401".*"o"/)
      }
    })

    it('refuses what can not be, before anything is opened', async () => {
      const wrong: [options: unknown, message: RegExp][] = [
        [{ table: '' }, /table: "" is no name/],
        [{ table: 'a..b' }, /no name of a table/],
        [{ table: 'a.b.c.d' }, /no name of a table/],
        [{ mode: 'truncate' }, /mode: must be append, replace/],
        [{ key: [] }, /key: must be 1 or more items/],
        [{ slice: { pe: ['2024'] } }, /slice: is for mode 'replace-slice'/],
        [{ mode: 'replace-slice', slice: {} }, /slice: must name/],
        [{ mode: 'replace-slice', slice: { pe: [] } }, /slice.pe: must be 1 or more/],
        [{ mode: 'upsert', allowEmpty: true }, /allowEmpty: is for mode 'replace'/],
        [{ signal: {} }, /signal: must be an AbortSignal/],
        [{ mod: 'append' }, /unknown mod/],
      ]
      for (const [options, message] of wrong) {
        assert.throws(() => database.sink(Object.assign({ table }, options)), {
          name: 'QueryError',
          message,
        })
      }
      await makeTable()
      const twice = [...headers, header('dx')]
      const rowOfTwice = ['a', 'b', 'c', '1', '', 'd']
      const wide = headers.map((each) => ({ ...each, meta: true }))
      const refused: [RowStream | Readable, Partial<TableOptions>, RegExp][] = [
        [parsed([rowOfTwice], undefined, twice), {}, /two columns "dx"/],
        [parsed(few), { mode: 'upsert', key: ['psi'] }, /key: no column "psi"/],
        [parsed(few), { mode: 'replace-slice', slice: { psi: ['a'] } }, /slice: no column "psi"/],
        [parsed(few, undefined, wide), { mode: 'upsert' }, /not known by which columns; name them in key/],
        [lanes['from a stage of others, which tells nothing']!(few, undefined), { mode: 'upsert' }, /key/],
        [Readable.from(few), {}, /columns are not known/],
        [parsed(few).through(batchRows(2)), {}, /one by one, not batches/],
        [Readable.from([gridBytes(headers, few)]), {}, /takes rows or objects, not bytes/],
      ]
      for (const [source, options, message] of refused) {
        const error = await fails(source, options)
        assert.equal(error.name, 'QueryError', String(error))
        assert.match(error.message, message)
      }
      await has([])
    })

    it('says how long a row is that is not as long as the headers', async () => {
      await makeTable()
      const short = announcedRows(headers, [few[0], [1]])
      assert.match((await fails(short)).message, /Row 2: 1 cells under 5 columns/)
    })
  })
}
