import assert from 'node:assert/strict'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  castCells,
  countBytes,
  filterRows,
  mapRows,
  parseRows,
  type RowStream,
  toCsv,
  toNdjson,
  toObjects,
  validateRows,
} from 'dhis2-analytics-stream'
import { z } from 'zod'
import { failureOf, header, through } from '../support/stages.ts'

const grid = { headers: [header('dx'), header('value', 'NUMBER')], rows: [['a', '1']] }

/** Every place where a stage takes a function, by what it does there. */
const places: Record<string, (fn: () => never) => Transform[]> = {
  mapRows: (fn) => [mapRows(fn)],
  'mapRows, headers': (fn) => [mapRows((row) => row, { headers: fn })],
  filterRows: (fn) => [filterRows(fn)],
  'castCells, columns': (fn) => [castCells({ columns: { value: fn } })],
  'toObjects, keys': (fn) => [toObjects({ keys: fn })],
  'validateRows, a transform': (fn) => [validateRows(z.any().transform(fn))],
  'countBytes, onProgress': (fn) => [toCsv(), countBytes({ onProgress: fn })],
  'countBytes, only at the end': (fn) => [
    toCsv(),
    countBytes({ onProgress: ({ done }) => (done ? fn() : undefined) }),
  ],
  'toJSON of a cell': (fn) => [mapRows(() => ['a', { toJSON: fn }]), toCsv()],
  'toJSON of a cell, NDJSON': (fn) => [mapRows(() => ['a', { toJSON: fn }]), toNdjson()],
}

for (const [place, stages] of Object.entries(places)) {
  describe(`The function of ${place}`, () => {
    for (const thrown of [undefined, null, false, 0, '', Number.NaN]) {
      it(`fails the stream where it throws ${Object.is(thrown, '') ? "''" : String(thrown)}`, async () => {
        const fn = () => {
          throw thrown
        }
        const error = await failureOf(through(grid, ...stages(fn)))
        assert.ok(error instanceof Error)
        assert.match(error.message, /threw .*, which says nothing of what went wrong/)
      })
    }

    it('fails the stream where it throws text', async () => {
      const fn = () => {
        throw 'mine'
      }
      const error = await failureOf(through(grid, ...stages(fn)))
      assert.ok(error === 'mine' || /threw 'mine'/.test((error as Error).message), String(error))
    })

    it('fails the stream with the error it throws', async () => {
      const thrown = new RangeError('mine')
      const fn = () => {
        throw thrown
      }
      const error = (await failureOf(through(grid, ...stages(fn)))) as Error
      assert.ok(error === thrown || error.cause === thrown)
    })

    // What zod has of it is lost in zod.
    if (/toJSON|validateRows/.test(place)) return
    it('fails the stream where it is async and rejects, and leaves no rejection behind', async () => {
      const fn = (async () => Promise.reject(new RangeError('mine'))) as unknown as () => never
      const error = (await failureOf(through(grid, ...stages(fn)))) as Error
      assert.match(String(error), /mine|promise|Promise|async/)
    })
  })
}

describe('A listener of headers', () => {
  for (const thrown of [undefined, new RangeError('mine')]) {
    it(`fails the stream where it throws ${thrown}`, async () => {
      const stage = parseRows() as unknown as RowStream & Transform
      stage.on('headers', () => {
        throw thrown
      })
      const body = JSON.stringify(grid)
      const error = await failureOf(pipeline([Buffer.from(body)], stage, toCsv(), async () => undefined))
      assert.ok(thrown ? error === thrown : error instanceof Error)
    })
  }
})

describe('A schema of validateRows', () => {
  it('must not be async', async () => {
    const schema = z.array(z.string()).refine(async () => true)
    await assert.rejects(through(grid, validateRows(schema)), {
      name: 'QueryError',
      message: /validateRows: the schema must not be async/,
    })
  })
})

describe('A getter of an object', () => {
  const objects = () =>
    mapRows(() => ({
      dx: 'a',
      get value() {
        throw undefined
      },
    }))
  for (const [what, sink] of Object.entries({ toCsv, toNdjson })) {
    it(`fails ${what} where it throws undefined`, async () => {
      assert.match(
        String(await failureOf(through(grid, objects(), sink()))),
        /threw undefined, which says nothing/,
      )
    })
  }
})
