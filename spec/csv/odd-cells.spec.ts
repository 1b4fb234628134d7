import assert from 'node:assert/strict'
import { Readable, type Transform } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { type ToCsvOptions, toCsv, toNdjson } from 'dhis2-analytics-stream'
import { announcedRows, header } from '../support/stages.ts'

const headers = [header('dx'), header('value')]
const circle: unknown[] = []
circle.push(circle)
const failing = new TypeError('not now')

/** What JavaScript has, and neither CSV nor JSON. */
const odd: Record<string, unknown> = {
  'an Invalid Date': new Date(Number.NaN),
  'a function': () => 1,
  'an async function': async () => 1,
  'a class': class {},
  'a symbol': Symbol('x'),
  'a Map': new Map([['a', 1]]),
  'a Set': new Set([1]),
  'a promise': Promise.resolve(1),
  'a regular expression': /x/,
  'an error': new Error('x'),
  bytes: Buffer.from('x'),
  'an array of numbers': new Float64Array(1),
  'an array that holds itself': circle,
  'an object that holds itself': { circle },
  'an Invalid Date inside': { date: new Date(Number.NaN) },
  'NaN inside': { deep: [Number.NaN] },
  'a Map inside': [new Map()],
  'a function inside': { deep: { fn: () => 1 } },
  'a bigint inside': { big: 1n },
  'what throws where it is to be text': {
    toJSON() {
      throw failing
    },
  },
}
const onlyJson: Record<string, unknown> = {
  NaN: Number.NaN,
  Infinity: Number.NEGATIVE_INFINITY,
  'a bigint': 1n,
}

const misfits = (cell: unknown): [string, () => Readable][] => [
  [
    'in a row',
    () =>
      announcedRows(headers, [
        ['a', 1],
        ['b', cell],
      ]),
  ],
  [
    'in an object',
    () =>
      announcedRows(headers, [
        { dx: 'a', value: 1 },
        { dx: 'b', value: cell },
      ]),
  ],
  [
    'in an object from anywhere',
    () =>
      Readable.from([
        { dx: 'a', value: 1 },
        { dx: 'b', value: cell },
      ]),
  ],
]

const fails = (stage: () => Transform, cell: unknown) => {
  for (const [where, source] of misfits(cell)) {
    it(where, () =>
      assert.rejects(pipeline(source(), stage(), text), {
        name: 'RowError',
        rowNumber: 2,
        column: 'value',
      }),
    )
  }
}

for (const [what, cell] of Object.entries(odd)) {
  describe(`toCsv fails on ${what}`, () => fails(() => toCsv(), cell))
  describe(`toCsv in another dialect fails on ${what}`, () => fails(() => toCsv({ delimiter: '||' }), cell))
}
for (const [what, cell] of Object.entries({ ...odd, ...onlyJson })) {
  describe(`toNdjson fails on ${what}`, () => fails(() => toNdjson(), cell))
  describe(`toNdjson of arrays fails on ${what}`, () => fails(() => toNdjson({ rows: 'arrays' }), cell))
}

describe('a cell that has a text of its own', () => {
  const cells = {
    a: new Date(0),
    b: { toJSON: () => 'told' },
    c: new URL('https://example.org/'),
    d: { date: new Date(0), list: [null, undefined, [1]] },
    e: Object.create(null, { f: { value: 1, enumerable: true } }),
  }

  it('is written as that', async () => {
    const json = JSON.stringify(cells)
    assert.equal(await pipeline(Readable.from([cells]), toNdjson(), text), `${json}\n`)
    const csv = await pipeline(Readable.from([cells]), toCsv({ header: false, delimiter: ';' }), text)
    assert.equal(
      csv,
      '1970-01-01T00:00:00.000Z;"""told""";"""https://example.org/""";' +
        '"{""date"":""1970-01-01T00:00:00.000Z"",""list"":[null,null,[1]]}";"{""f"":1}"\n',
    )
  })

  it('may be a hole, which is null', async () => {
    // biome-ignore lint/suspicious/noSparseArray: the matter of the test
    const row = [, 'a']
    assert.equal(await pipeline(announcedRows(headers, [row]), toNdjson(), text), '{"dx":null,"value":"a"}\n')
    assert.equal(await pipeline(Readable.from([row]), toNdjson({ rows: 'arrays' }), text), '[null,"a"]\n')
    assert.equal(await pipeline(announcedRows(headers, [row]), toCsv({ header: false }), text), ',a\n')
  })
})

describe('CSV that reads back as what it was', () => {
  const csvOf = (rows: unknown[][], options: ToCsvOptions = {}) =>
    pipeline(Readable.from(rows), toCsv({ header: false, ...options }), text)

  for (const delimiter of [',', '||']) {
    it(`quotes what readers would drop of a line of one cell, with ${delimiter}`, async () => {
      const rows = [['a'], [''], [null], [undefined], ['\\.'], ['\\.x'], [' ']]
      assert.equal(await csvOf(rows, { delimiter }), 'a\n""\n""\n""\n"\\."\n\\.x\n \n')
      assert.equal(await csvOf([['\\.', '']], { delimiter }), `\\.${delimiter}\n`)
    })
  }

  it('quotes numbers and booleans that hold a delimiter or a quote', async () => {
    assert.equal(await csvOf([[1.5, 2]], { delimiter: '.' }), '"1.5".2\n')
    assert.equal(await csvOf([[-1, 2]], { delimiter: '-' }), '"-1"-2\n')
    assert.equal(await csvOf([[1e21, 2]], { delimiter: 'e' }), '"1e+21"e2\n')
    assert.equal(await csvOf([[true, false]], { delimiter: '1' }), '"1"10\n')
    assert.equal(await csvOf([[12, 'a']], { quote: '1' }), '11121,a\n')
    assert.equal(await csvOf([[true, 'a']], { quote: '1' }), '1111,a\n')
    assert.equal(await csvOf([[Number.NaN, 1n]], { delimiter: 'N' }), '"NaN"N1\n')
    assert.equal(await csvOf([[1.5, 2]], { delimiter: '.5' }), '"1.5".52\n')
  })

  it('escapes whatever a spreadsheet may take for the start of a formula', async () => {
    const starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']
    const rows = [starts.map((start) => `${start}x`)]
    const plain = (await csvOf(rows, { escapeFormulas: true })).replaceAll('"', '')
    assert.equal(plain, `${starts.map((start) => `'${start}x`).join(',')}\n`)
    const far = new Date(8e15)
    assert.equal(await csvOf([[far, 1]], { escapeFormulas: true }), `'${far.toISOString()},1\n`)
  })
})
