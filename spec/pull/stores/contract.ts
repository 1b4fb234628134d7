import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Header, RowStream } from 'dhis2-analytics-stream'
import { rowsFrom } from 'dhis2-analytics-stream/testing'
import fc from 'fast-check'
import type { Piece } from '../../../lib/pull/piece.ts'
import type { DatasetHead, OpenStore, PieceFacts, PieceStore } from '../../../lib/pull/store.ts'
import { failureOf, header, parsedRows } from '../../support/stages.ts'

/** A place for stores, for {@link storeContract}. */
export interface TestPlace extends AsyncDisposable {
  /** A store of this name, on the one connection or so that the user has given. */
  store(name: string): PieceStore
  /** All rows that are kept under a name: numbers are numbers, nothing is null. */
  rows(name: string): Promise<Record<string, unknown>[]>
  /** Whether the parts of a piece, or what it is a part of, are put in its place. */
  readonly replacesParts: boolean
}

export const headers: readonly Header[] = [
  header('dx'),
  header('pe'),
  header('ou'),
  header('value', 'NUMBER', { meta: false }),
]

export const head: DatasetHead = {
  format: 1,
  question: {
    server: 'https://dhis2.example.org',
    asked: [
      ['dimension', "dx:a'?;b"],
      ['dimension', 'pe:2024'],
    ],
  },
  plan: { question: {}, text: `it's "so" ?` },
}

export const never = new AbortController().signal
const units = ['o1', 'o2', 'o3', 'o4']

/** A piece of a month, or of a half or a quarter of its org units; or of some months. */
export function pieceOf(id: string, isList = false): Piece {
  const [bases = '', ...path] = id.split('.')
  const [from, to = from] = bases.split('-').map(Number) as [number, number?]
  let ou = units
  for (const half of path) ou = half === '1' ? ou.slice(0, ou.length / 2) : ou.slice(ou.length / 2)
  const pe = Array.from({ length: to - from + 1 }, (_, at) => String(202401 + from + at))
  return {
    id,
    group: 'data elements, SUM',
    endpoint: 'analytics',
    pairs: [],
    cells: pe.length * ou.length,
    covers: { dx: ['a', 'b'], pe, ou },
    isList,
  }
}

/** What its answer has: nothing where the value is undefined. */
export function cellsOf(
  { covers }: Piece,
  cellOf: (ou: string, pe: string) => number | undefined,
): string[][] {
  return covers!['pe']!.flatMap((pe) =>
    covers!['ou']!.flatMap((ou) => {
      const value = cellOf(ou, pe)
      return value === undefined ? [] : [['a', pe, ou, String(value)]]
    }),
  )
}

export function factsOf(rowCount: number, run: number): PieceFacts {
  return {
    rowCount,
    byteCount: rowCount * 10,
    answeredAt: '2024-05-01T10:00:00.000Z',
    endedAt: '2024-05-01T10:00:01.250Z',
    tookMs: 1250.5,
    run,
    rowsOf: { a: rowCount, "b'?": 0 },
  }
}

export function write(open: OpenStore, piece: Piece, rows: readonly string[][]): Promise<PieceFacts> {
  return open.write(piece, parsedRows(headers, rows as string[][]), () => factsOf(rows.length, open.run))
}

/** Rows that break off behind some. */
export function breaking(rows: readonly string[][], error = new Error('the source broke')): RowStream {
  const source = Readable.from(
    (async function* () {
      yield* rows
      throw error
    })(),
  )
  return rowsFrom(headers, source) as RowStream
}

/** What every store of pieces promises. `start` is called once. */
export function storeContract(name: string, start: () => Promise<TestPlace>): void {
  let place: TestPlace
  let made = 0
  let dataset: string

  const open = (of = head) => place.store(dataset).open(of, never)
  const inOrder = (rows: readonly unknown[][]) => rows.map((row) => JSON.stringify(row)).sort()
  const has = async (rows: readonly string[][]) => {
    const found = await place.rows(dataset)
    assert.deepEqual(
      inOrder(found.map((row) => headers.map(({ name }) => row[name]))),
      inOrder(rows.map(([dx, pe, ou, value]) => [dx, pe, ou, Number(value)])),
    )
  }

  describe(`${name}, as any store of pieces`, () => {
    before(async () => {
      place = await start()
    })
    after(() => place[Symbol.asyncDispose]())
    beforeEach(() => {
      dataset = `d${++made}`
    })

    it('is looked at by whoever does not hold it, and nothing comes of that', async () => {
      const look = () => place.store(dataset).look()
      assert.equal(await look(), undefined)
      const store = await open()
      await write(
        store,
        pieceOf('0'),
        cellsOf(pieceOf('0'), () => 1),
      )
      const held = (await look())!
      assert.deepEqual(held.head, head)
      assert.deepEqual([...held.events], [{ type: 'done', piece: '0', facts: factsOf(4, 1) }])
      const { pid, mayBeAlive, since } = held.heldBy!
      assert.deepEqual([pid, mayBeAlive], [process.pid, true])
      assert.match(since, /^\d{4}-\d\d-\d\dT.*Z$/)
      await store.close()
      const free = (await look())!
      assert.deepEqual([free.heldBy, free.runCount, [...free.events].length], [undefined, 1, 1])
      const next = await open()
      assert.equal(next.run, 2)
      await next.close()
    })

    it('goes on where it was, and tells what happened in its order', async () => {
      const first = await open()
      assert.deepEqual([first.run, [...first.events], first.head], [1, [], head])
      const rows = cellsOf(pieceOf('0'), (ou) => units.indexOf(ou))
      const split = { type: 'split', piece: '1', into: ['1.1', '1.2'] } as const
      const aside = { type: 'setAside', piece: '1.2', reason: "it's ?", code: 'E7145' } as const
      const join = { type: 'join', pieces: ['2', '3'], into: '2-3' } as const
      assert.deepEqual(await write(first, pieceOf('0'), rows), factsOf(4, 1))
      await first.note(split)
      await first.note(aside)
      await first.note(join)
      const joined = cellsOf(pieceOf('2-3'), () => 7)
      await write(first, pieceOf('2-3'), joined)
      await first.close()
      const second = await open({ ...head, plan: { question: {} } })
      assert.equal(second.run, 2)
      assert.deepEqual(second.head, head)
      assert.deepEqual(
        [...second.events],
        [
          { type: 'done', piece: '0', facts: factsOf(4, 1) },
          split,
          aside,
          join,
          { type: 'done', piece: '2-3', facts: factsOf(8, 1) },
        ],
      )
      await second.finish()
      await second.finish()
      await second.close()
      await has([...rows, ...joined])
    })

    it('has a piece that is written again once, whole or in parts', async () => {
      const store = await open()
      const all = cellsOf(pieceOf('0'), () => 1)
      const others = cellsOf(pieceOf('1'), () => 5)
      await write(store, pieceOf('1'), others)
      await write(store, pieceOf('0'), all)
      await write(store, pieceOf('0'), all)
      await has([...all, ...others])
      const fewer = cellsOf(pieceOf('0'), (ou) => (ou === 'o2' ? undefined : 2))
      await write(store, pieceOf('0'), fewer)
      await has([...fewer, ...others])
      if (!place.replacesParts) return store.close()
      const half = cellsOf(pieceOf('0.2'), () => 3)
      await write(store, pieceOf('0.2'), half)
      await has([...fewer.slice(0, 1), ...half, ...others])
      await store.close()
      const next = await open()
      const both = cellsOf(pieceOf('0-1'), (ou) => (ou === 'o1' ? undefined : 4))
      await write(next, pieceOf('0-1'), both)
      await has(both)
      await write(next, pieceOf('0-1'), [])
      await has([])
      await next.finish()
      return next.close()
    })

    it('does, whatever is done to it in whatever order, as a model does', async () => {
      const ids = place.replacesParts ? ['0', '1', '0.1', '0.2', '0.1.1', '1.2', '0-1'] : ['0', '1', '2']
      const act = fc.oneof(
        fc.record({
          act: fc.constantFrom('write', 'break'),
          id: fc.constantFrom(...ids),
          values: fc.array(fc.option(fc.nat(9), { nil: undefined }), { minLength: 8, maxLength: 8 }),
        }),
        fc.record({ act: fc.constantFrom('close', 'finish') }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
          dataset = `d${++made}`
          let store = await open()
          const model = new Map<string, string[]>()
          for (const each of acts) {
            if (!('id' in each)) {
              if (each.act === 'finish') await store.finish()
              else {
                await store.close()
                store = await open()
              }
              continue
            }
            const piece = pieceOf(each.id)
            let at = 0
            const rows = cellsOf(piece, () => each.values[at++])
            if (each.act === 'break') {
              const error = await failureOf(store.write(piece, breaking(rows), () => factsOf(0, 0)))
              assert.match(String(error), /the source broke/)
              continue
            }
            await write(store, piece, rows)
            for (const pe of piece.covers!['pe']!)
              for (const ou of piece.covers!['ou']!) model.delete(pe + ou)
            for (const row of rows) model.set(row[1]! + row[2]!, row)
          }
          await store.close()
          if (model.size > 0 || acts.some(({ act }) => act === 'write')) await has([...model.values()])
        }),
        { numRuns: 12 },
      )
    })

    it('leaves nothing of a piece that fails, and takes it the next time', async () => {
      const store = await open()
      const rows = cellsOf(pieceOf('0'), () => 1)
      const source = await failureOf(store.write(pieceOf('0'), breaking(rows), () => factsOf(0, 1)))
      assert.match(String(source), /the source broke/)
      const facts = await failureOf(
        store.write(pieceOf('0'), parsedRows(headers, rows), () => {
          throw new Error('nobody knows')
        }),
      )
      assert.match(String(facts), /nobody knows/)
      const destroyed = breaking(rows)
      destroyed.destroy()
      assert.ok((await failureOf(store.write(pieceOf('0'), destroyed, () => factsOf(0, 1)))) instanceof Error)
      const held = rowsFrom(headers, new Readable({ objectMode: true, read: () => undefined })) as RowStream
      const given = store.write(pieceOf('0'), held, () => factsOf(0, 1))
      held.destroy()
      assert.ok((await failureOf(given)) instanceof Error)
      await write(store, pieceOf('0'), rows)
      await store.close()
      const next = await open()
      assert.equal([...next.events].length, 1)
      await next.close()
      await has(rows)
    })

    it('takes pieces without rows, and without columns where there were none before', async () => {
      const store = await open()
      const none = () => factsOf(0, store.run)
      await store.write(pieceOf('0'), rowsFrom([], []) as RowStream, none)
      await write(store, pieceOf('1'), [])
      await store.finish()
      await store.close()
      const next = await open()
      const done = [...next.events].map((event) => event.type === 'done' && event.piece)
      assert.deepEqual(done, ['0', '1'])
      const rows = cellsOf(pieceOf('0'), () => 1)
      await write(next, pieceOf('0'), rows)
      await next.close()
      await has(rows)
    })

    it('takes several pieces and notes at once', async () => {
      const store = await open()
      const ids = Array.from({ length: 12 }, (_, at) => String(at))
      const rows = ids.map((id) => cellsOf(pieceOf(id), () => Number(id)))
      await Promise.all([
        ...ids.map((id, at) => write(store, pieceOf(id), rows[at]!)),
        store.note({ type: 'split', piece: '12', into: ['12.1', '12.2'] }),
        failureOf(store.write(pieceOf('13'), breaking(rows[0]!), () => factsOf(0, 1))),
        store.note({ type: 'setAside', piece: '14', reason: 'x', code: '' }),
      ])
      await store.finish()
      await store.close()
      const next = await open()
      assert.equal([...next.events].length, ids.length + 2)
      await next.close()
      await has(rows.flat())
    })

    it('refuses another question and says what differs, untouched', async () => {
      const store = await open()
      const rows = cellsOf(pieceOf('0'), () => 1)
      await write(store, pieceOf('0'), rows)
      await store.close()
      const { server, asked } = head.question
      const other = { ...head, question: { server, asked: [asked[0]!, ['dimension', 'pe:2025']] } } as const
      const error = (await failureOf(open(other))) as Error & { differences: readonly string[] }
      assert.equal(error.name, 'DatasetError')
      assert.deepEqual(error.differences, ['- dimension=pe:2024', '+ dimension=pe:2025'])
      const same = await open({ ...head, question: { server, asked: asked.toReversed() } })
      assert.equal(same.run, 2)
      await same.close()
      await has(rows)
    })

    it('is held by one run at a time, which says since when', async () => {
      const before = new Date(Date.now() - 2000).toISOString()
      const first = await open()
      const error = (await failureOf(open())) as Error & { heldSince: string }
      assert.equal(error.name, 'DatasetError')
      assert.match(error.message, new RegExp(`process ${process.pid} on`))
      assert.match(error.heldSince, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.ok(error.heldSince > before && error.heldSince < new Date(Date.now() + 2000).toISOString())
      const rows = cellsOf(pieceOf('0'), () => 1)
      await write(first, pieceOf('0'), rows)
      await first.close()
      const second = await open()
      assert.equal(second.run, 2)
      await second.close()
      await has(rows)
    })
  })
}
