import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { mapRows, toNdjson, toObjects } from 'dhis2-analytics-stream'
import fc from 'fast-check'
import { header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('value', 'NUMBER')]

describe('toNdjson', () => {
  it('writes an object a row, by header name', async () => {
    const { out } = await through(
      {
        headers,
        rows: [
          ['a', '1'],
          ['b', ''],
        ],
      },
      toNdjson(),
    )
    assert.equal(textOf(out), '{"dx":"a","value":"1"}\n{"dx":"b","value":""}\n')
  })

  it('writes arrays where asked to, which needs no headers', async () => {
    const rows = [['a', 1], [null, true], []]
    const text = textOf(
      await Readable.from(rows)
        .pipe(toNdjson({ rows: 'arrays' }))
        .toArray(),
    )
    assert.equal(text, '["a",1]\n[null,true]\n[]\n')
  })

  it('writes objects as they are, from anywhere', async () => {
    const objects = [{ a: 'é"', b: { c: [1] } }, { z: null }]
    assert.equal(
      textOf(await Readable.from(objects).pipe(toNdjson()).toArray()),
      '{"a":"é\\"","b":{"c":[1]}}\n{"z":null}\n',
    )
  })

  it('writes nothing of no rows', async () => {
    assert.equal(textOf((await through({ headers }, toNdjson())).out), '')
  })

  it('is JSON for any cells, read back as they were', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.jsonValue({ noUnicodeString: false }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { maxLength: 20 }),
        fc.boolean(),
        async (rows, asArrays) => {
          const parsed = JSON.parse(JSON.stringify(rows)) as [unknown, unknown][]
          const { out } = await through(
            { headers, rows },
            toNdjson({ rows: asArrays ? 'arrays' : 'objects' }),
          )
          const lines = textOf(out).split('\n').slice(0, -1)
          assert.equal(lines.length, rows.length)
          assert.deepEqual(
            lines.map((line) => JSON.parse(line)),
            asArrays ? parsed : parsed.map(([dx, value]) => ({ dx, value })),
          )
        },
      ),
      { numRuns: 100 },
    )
  })

  it('writes dates as ISO 8601 and nothing as null', async () => {
    const { out } = await through(
      { headers, rows: [['a', '1']] },
      mapRows(() => [new Date(0), undefined]),
      toNdjson(),
    )
    assert.equal(textOf(out), '{"dx":"1970-01-01T00:00:00.000Z","value":null}\n')
  })

  for (const [what, value] of [
    ['NaN', Number.NaN],
    ['an infinite number', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['a function', () => 1],
  ] as const) {
    it(`fails on ${what}, which JSON does not have`, async () => {
      for (const made of [[value, 1], { dx: value, n: 1 }]) {
        if (typeof value === 'function' && !Array.isArray(made)) continue
        await assert.rejects(
          through(
            { headers, rows: [['a', '1']] },
            mapRows(() => made),
            toNdjson(),
          ),
          {
            name: 'RowError',
            rowNumber: 1,
          },
        )
      }
    })
  }

  it('hands on bytes in chunks of 64 to 128 KB', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ['a'.repeat(20), String(i)])
    const { out } = await through({ headers, rows }, toNdjson())
    const sizes = (out as Buffer[]).map(({ length }) => length)
    assert.ok(sizes.length > 5)
    for (const size of sizes.slice(0, -1)) assert.ok(size >= 65_536 && size < 131_200, `${size} bytes`)
  })

  it('fails on rows whose columns are not known, or are two of one name', async () => {
    await assert.rejects(
      Readable.from([['a']])
        .pipe(toNdjson())
        .toArray(),
      {
        name: 'QueryError',
        message: /rows: 'arrays'/,
      },
    )
    const twins = { headers: [header('a'), header('a')], rows: [['1', '2']] }
    await assert.rejects(through(twins, toNdjson()), /toNdjson: columns 1 and 2 would both be "a"/)
    const made = await through(twins, toObjects({ keys: (_, index) => `a${index}` }), toNdjson())
    assert.equal(textOf(made.out), '{"a0":"1","a1":"2"}\n')
  })
})

describe('toNdjson, of objects', () => {
  it('is what JSON.stringify makes of them, whatever their keys', async () => {
    const key = fc.constantFrom('a', 'b', '1', '__proto__', 'toJSON', 'é"')
    const value = fc.oneof(fc.jsonValue(), fc.constant(undefined))
    const object = fc
      .array(fc.tuple(key, value), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries) as Record<string, unknown>)
    await fc.assert(
      fc.asyncProperty(fc.array(object, { maxLength: 12 }), async (objects) => {
        const lines = textOf(await Readable.from(objects).pipe(toNdjson()).toArray())
        assert.equal(lines, objects.map((each) => `${JSON.stringify(each)}\n`).join(''))
      }),
      { numRuns: 300 },
    )
  })
})
