import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { rowsFrom } from 'dhis2-analytics-stream/testing'
import type { Piece } from '../../../lib/pull/piece.ts'
import type { PieceStore } from '../../../lib/pull/store.ts'
import { failureOf, header, parsedRows } from '../../support/stages.ts'
import { cellsOf, factsOf, head, headers, never, pieceOf, write } from './contract.ts'

/** A database for stores, for {@link tableStoreContract}. */
export interface TestTables extends AsyncDisposable {
  /** A store in this table, which is given a name and quotes as the user of it would. */
  store(table: string, replace?: boolean): PieceStore
  /** Runs a statement, or asks for rows. */
  run(sql: string): Promise<Record<string, unknown>[]>
  /** Two names that have to be quoted, of a schema that is there and a table. */
  readonly odd: string
  /** The schema of that, in SQL, with a dot behind it. */
  readonly oddSchema: string
}

/** What every store in a table promises. `start` is called once. */
export function tableStoreContract(name: string, start: () => Promise<TestTables>): void {
  let place: TestTables
  let made = 0
  let table: string

  const open = (replace?: boolean) => place.store(table, replace).open(head, never)
  const count = async (of = table) => Number((await place.run(`SELECT count(*) AS n FROM ${of}`))[0]!['n'])
  const refused = async (opening: Promise<unknown>, message: RegExp) => {
    const error = (await failureOf(opening)) as Error
    assert.equal(error.name, 'DatasetError', String(error))
    assert.match(error.message, message)
  }
  const rows = cellsOf(pieceOf('0'), () => 1)
  const written = async () => {
    const store = await open()
    await write(store, pieceOf('0'), rows)
    await store.close()
  }

  describe(`${name}, as any store in a table`, () => {
    before(async () => {
      place = await start()
    })
    after(() => place[Symbol.asyncDispose]())
    beforeEach(() => {
      table = `t${++made}`
    })

    it('types the columns of its table, and replaces the days of a piece', async () => {
      const of = [
        header('psi'),
        header('eventdate', 'DATETIME'),
        header('n', 'INTEGER'),
        header('ok', 'BOOLEAN'),
      ]
      const month = (id: string, from: string, to: string): Piece => ({
        ...pieceOf(id),
        covers: undefined,
        days: { column: 'eventdate', from, to },
      })
      const store = await open()
      const put = (piece: Piece, cells: string[][]) =>
        store.write(piece, parsedRows(of, cells), () => factsOf(cells.length, 1))
      const [january, february] = [
        month('0', '2023-12-31', '2024-01-31'),
        month('1', '2024-02-01', '2024-02-29'),
      ]
      await put(january, [
        ['a', '2023-12-31 00:00:00.0', '1', 'true'],
        ['b', '2024-01-31 23:59:59.999', '2', '0'],
      ])
      await put(february, [
        ['c', '2024-02-01 00:00:00.0', '3', ''],
        ['d', '2024-02-29 12:00:00.0', '4', '1'],
      ])
      await store.finish()
      await put(january, [['e', '2024-01-01 00:00:00.0', '5', 'false']])
      const found = await place.run(`SELECT psi, n FROM ${table} ORDER BY psi`)
      assert.deepEqual(
        found.map(({ psi, n }) => [psi, Number(n)]),
        [
          ['c', 3],
          ['d', 4],
          ['e', 5],
        ],
      )
      const [later] = await place.run(`SELECT count(*) AS n FROM ${table} WHERE ok`)
      assert.equal(Number(later!['n']), 1)
      // A list is cut along org units too: the same days, and other rows.
      await put({ ...january, id: '2' }, [['f', '2024-01-01 00:00:00.0', '6', 'false']])
      for (const id of ['0', '2', '2.1']) {
        await refused(
          put({ ...january, id }, []),
          /which rows are its own is not known: piece \d has some of the same/,
        )
      }
      await put({ ...february, id: '1' }, [])
      await put({ ...january, id: '0-2' }, [['g', '2024-01-02 00:00:00.0', '7', 'false']])
      await store.close()
      const next = await open()
      await next.write({ ...january, id: '0-2' }, parsedRows(of, []), () => factsOf(0, 2))
      await next.close()
      assert.equal(await count(), 0)
    })

    it('takes a table that is there, where it is empty, as it is', async () => {
      await place.run(`CREATE TABLE ${table} (pe integer, dx text, ou text, value text, mine text)`)
      const store = await open()
      await write(store, pieceOf('0'), rows)
      await write(store, pieceOf('0'), rows.slice(1))
      await store.finish()
      await store.close()
      const found = await place.run(`SELECT pe, value, mine FROM ${table}`)
      assert.deepEqual(
        found.map((row) => ({ ...row, pe: Number(row['pe']) })),
        rows.slice(1).map(() => ({ pe: 202401, value: '1', mine: null })),
      )
    })

    it('refuses a table with rows of others, unless it may go', async () => {
      await place.run(`CREATE TABLE ${table} (mine text)`)
      await place.run(`INSERT INTO ${table} VALUES ('precious')`)
      await refused(open(), /has rows, and none of them are of this dataset.*replace: true/)
      assert.equal(await count(), 1)
      const store = await open(true)
      await write(store, pieceOf('0'), rows)
      await store.close()
      const again = await open(true)
      assert.deepEqual([again.run, [...again.events].length], [2, 1])
      await again.close()
      assert.equal(await count(), rows.length)
    })

    it('begins anew where another question may go, and not while a run has it', async () => {
      await written()
      const other = { ...head, question: { ...head.question, server: 'https://other.example.org' } }
      const first = await open()
      await refused(place.store(table, true).open(other, never), /Another run has this dataset/)
      await first.close()
      const store = await place.store(table, true).open(other, never)
      assert.deepEqual([store.run, [...store.events], store.head], [1, [], other])
      await write(store, pieceOf('0'), rows.slice(2))
      await store.close()
      assert.equal(await count(), rows.length - 2)
      await refused(open(), /another question/)
    })

    it('finds that its rows are gone', async () => {
      for (const sql of ['DELETE FROM', 'DROP TABLE']) {
        table = `t${++made}`
        await written()
        await place.run(`${sql} ${table}`)
        await refused(open(), /had put 4 rows into it; say replace: true/)
        const store = await open(true)
        assert.deepEqual([...store.events], [])
        await store.close()
      }
    })

    it('is taken over where its hold has run out, and writes nothing from then on', async () => {
      const first = await open()
      await write(first, pieceOf('0'), rows)
      const hold = `UPDATE dhis2_datasets SET lease_until = '2020-01-01 00:00:00' WHERE name = '${table}'`
      await place.run(hold)
      const second = await open()
      assert.deepEqual([second.run, [...second.events].length], [2, 1])
      const late = cellsOf(pieceOf('1'), () => 2)
      for (const work of [
        () => write(first, pieceOf('1'), late),
        () => write(first, pieceOf('0'), late.slice(1)),
        () => first.write(pieceOf('2'), rowsFrom([], []) as never, () => factsOf(0, 1)),
        () => first.note({ type: 'split', piece: '3', into: ['3.1', '3.2'] }),
        () => first.finish(),
      ]) {
        await refused(work(), /Another run has taken this dataset over/)
      }
      await first.close()
      await refused(open(), /Another run has this dataset/)
      assert.equal(await count(), rows.length)
      await write(second, pieceOf('1'), late)
      await second.close()
      const third = await open()
      assert.deepEqual([third.run, [...third.events].length], [3, 2])
      await third.close()
    })

    it('is taken over from a process that is gone, and not from one of another machine', async () => {
      await (await open()).note({ type: 'setAside', piece: '0', reason: '', code: '' })
      const holder = String(
        (await place.run(`SELECT holder FROM dhis2_datasets WHERE name = '${table}'`))[0]!['holder'],
      )
      const held = (changes: object) =>
        place.run(
          `UPDATE dhis2_datasets SET holder = '${JSON.stringify({ ...JSON.parse(holder), ...changes })}' WHERE name = '${table}'`,
        )
      await held({ host: 'elsewhere', pid: 7 })
      await refused(open(), /process 7 on elsewhere/)
      await held({ start: 'another time' })
      const store = await open()
      assert.equal(store.run, 2)
      await store.close()
    })

    it('refuses journals of a newer format untouched', async () => {
      await written()
      const newer = `UPDATE dhis2_datasets SET format = 2 WHERE name = '${table}'`
      await place.run(newer)
      const journal = () => place.run('SELECT * FROM dhis2_datasets ORDER BY name')
      const before = await journal()
      await refused(open(), /is of format 2, and this version of the package knows 1/)
      await refused(open(true), /of format 2/)
      await refused(place.store(`${table}_other`).open(head, never), /of format 2/)
      assert.deepEqual(await journal(), before)
      await place.run(newer.replace('= 2', '= 1'))
    })

    it('refuses pieces that can not be told from others by the columns that come', async () => {
      const store = await open()
      const piece = { ...pieceOf('0'), covers: { dx: ['a'], psi: ['b'] } }
      const unknown = (await failureOf(write(store, piece, rows))) as Error
      assert.equal(unknown.name, 'QueryError')
      assert.match(unknown.message, /piece 0 is told by psi, .* it has dx, pe, ou, value/)
      const whole = { ...pieceOf('0'), covers: undefined }
      await write(store, whole, rows)
      await refused(
        write(store, whole, rows),
        /Piece 0 was written before, and which rows are its own is not known; begin anew/,
      )
      const nameless = store.write(pieceOf('1'), rowsFrom([], [['a']]) as never, () => factsOf(1, 1))
      assert.match(String(await failureOf(nameless)), /there are no columns/)
      await store.close()
      assert.equal(await count(), rows.length)
    })

    it('keeps its journal where its table lies, whatever they are called', async () => {
      const store = await place.store(place.odd).open(head, never)
      await write(store, pieceOf('0'), rows)
      await store.finish()
      await write(store, pieceOf('0'), rows)
      await store.close()
      assert.equal(await count(place.odd), rows.length)
      const kept = await place.run(`SELECT state, row_count, took_ms FROM ${place.oddSchema}dhis2_pieces`)
      assert.deepEqual(
        kept.map(({ state, row_count, took_ms }) => [state, Number(row_count), Number(took_ms)]),
        [['done', 4, 1251]],
      )
      const next = await place.store(place.odd).open(head, never)
      assert.equal(next.run, 2)
      await next.close()
    })

    it('has columns as its rows, whatever comes', async () => {
      const store = await open()
      await write(store, pieceOf('0'), rows)
      const wrong = parsedRows(headers, [['a', '202402', 'o1', 'twelve']])
      const error = (await failureOf(store.write(pieceOf('1'), wrong, () => factsOf(1, 1)))) as Error
      assert.equal(error.name, 'RowError')
      await store.close()
      assert.equal(await count(), rows.length)
    })

    it('is not begun by a run that is aborted already', async () => {
      const aborted = place.store(table).open(head, AbortSignal.abort())
      assert.equal(((await failureOf(aborted)) as Error).name, 'AbortError')
    })

    it('refuses options that can not be right', () => {
      for (const wrong of ['', 'a..b', 'a.b.c.d']) {
        assert.throws(() => place.store(wrong), { name: 'QueryError', message: /no name of a table/ })
      }
    })
  })
}
