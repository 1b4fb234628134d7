import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import {
  type Header,
  mapRows,
  parseRows,
  QueryError,
  type Row,
  type ToCsvOptions,
  toCsv,
} from '../../lib/index.ts'
import { cell } from '../support/arbitrary-grids.ts'
import { lifecycle } from '../support/lifecycle.ts'

const headers: Header[] = [
  { name: 'dx', column: 'Data' },
  { name: 'ou', column: 'Organisation unit, or "facility"' },
  { name: 'value' },
]
const rows = [
  ['a', 'Bo, "Town"', '1.5'],
  ['b', 'Ke\nnema', '-2'],
]

/** The CSV of a grid that comes as rows from parseRows. */
function csvOf(options?: ToCsvOptions, body: object = { headers, rows }): Promise<string> {
  return pipeline(Readable.from([Buffer.from(JSON.stringify(body))]), parseRows(), toCsv(options), text)
}

/** The CSV of what a stage makes that knows nothing of headers. */
function csvBehind(stage: Iterable<unknown>, options?: ToCsvOptions): Promise<string> {
  return pipeline(Readable.from(stage), toCsv(options), text)
}

describe('toCsv', () => {
  lifecycle({
    make: (options) => toCsv({ header: false, ...options }),
    input: Array.from({ length: 10 }, () => ['x'.repeat(20_000), 'y']),
    empty: 'end',
  })

  it('writes names, quotes where needed and ends each line', async () => {
    assert.equal(await csvOf(), 'dx,ou,value\na,"Bo, ""Town""",1.5\nb,"Ke\nnema",-2\n')
  })

  const options: [string, ToCsvOptions, string][] = [
    [
      'header column: labels, or the name where there is none',
      { header: 'column' },
      'Data,"Organisation unit, or ""facility""",value\n',
    ],
    ['header false: none', { header: false }, 'a,"Bo, ""Town""",1.5\n'],
    ['columns: some, in their order', { columns: ['value', 'dx'] }, 'value,dx\n1.5,a\n-2,b\n'],
    ['columns with labels', { columns: ['ou'], header: 'column' }, '"Organisation unit, or ""facility"""\n'],
    ['columns without a header', { columns: ['value'], header: false }, '1.5\n-2\n'],
    ['delimiter', { delimiter: ';' }, 'dx;ou;value\na;"Bo, ""Town""";1.5\n'],
    ['a delimiter of two characters', { delimiter: '||' }, 'dx||ou||value\na||"Bo, ""Town"""||1.5\n'],
    ['quote', { quote: "'" }, 'dx,ou,value\na,\'Bo, "Town"\',1.5\n'],
    ['eol', { eol: '\r\n' }, 'dx,ou,value\r\na,"Bo, ""Town""",1.5\r\nb,"Ke\nnema",-2\r\n'],
    ['bom', { bom: true }, '\uFEFFdx,ou,value\n'],
    ['bom without a header', { bom: true, header: false }, '\uFEFFa,'],
  ]
  for (const [title, given, expected] of options) {
    it(`does as told: ${title}`, async () => {
      // TextDecoder would take the byte order mark away.
      const csv = await pipeline(
        Readable.from([Buffer.from(JSON.stringify({ headers, rows }))]),
        parseRows(),
        toCsv(given),
        buffer,
      )
      assert.equal(csv.toString('utf8', 0, Buffer.byteLength(expected)), expected)
    })
  }

  it('writes a header line also when there are no rows, and nothing where there are no headers either', async () => {
    assert.equal(await csvOf({}, { headers, rows: [] }), 'dx,ou,value\n')
    assert.equal(await csvOf({ header: 'column', columns: ['dx'] }, { headers, rows: [] }), 'Data\n')
    assert.equal(await csvOf({ bom: true, header: false }, { headers, rows: [] }), '')
    assert.equal(await csvOf({}, { headers: [], rows: [] }), '')
  })

  it('writes cells of every type: nothing as empty, booleans as 1 and 0, structures as JSON', async () => {
    const cells = [null, true, false, -0.5, 1e21, '', ' x ', ['a', 1], { a: 'b' }]
    const body = { headers: cells.map((_, i) => ({ name: `h${i}` })), rows: [cells] }
    assert.equal(await csvOf({ header: false }, body), ',1,0,-0.5,1e+21,, x ,"[""a"",1]","{""a"":""b""}"\n')
    const others = [undefined, new Date(0), 12n, Number.NaN]
    assert.equal(await csvBehind([others], { header: false }), ',1970-01-01T00:00:00.000Z,12,NaN\n')
  })

  it('escapes what a spreadsheet would run, and leaves numbers alone, negative ones too', async () => {
    const cells = [
      '=1+1',
      '+x',
      '-x',
      '@SUM(A1)',
      '\tx',
      '\rx',
      '-5',
      '-1.0E-4',
      '-.5',
      '+5',
      '-',
      -7,
      '=a,"b"',
    ]
    const body = { headers: cells.map((_, i) => ({ name: `h${i}` })), rows: [cells] }
    assert.equal(
      await csvOf({ header: false, escapeFormulas: true }, body),
      `'=1+1,'+x,'-x,'@SUM(A1),'\tx,"'\rx",-5,-1.0E-4,-.5,'+5,'-,-7,"'=a,""b"""\n`,
    )
    assert.match(await csvOf({ header: false }, body), /^=1\+1,\+x,-x,@SUM/)
    assert.equal(await csvOf({ escapeFormulas: true }, { headers: [{ name: '=a' }], rows: [] }), "'=a\n")
  })

  it('writes what csv-stringify writes, byte for byte, for rows of any JSON', async () => {
    const dialect = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '||', 'é'),
      quote: fc.constantFrom('"', "'"),
      eol: fc.constantFrom('\n', '\r\n', '\n\n'),
    })
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 5 }))
    await fc.assert(
      fc.asyncProperty(table, dialect, async (table, { delimiter, quote, eol }) => {
        const cells = table.map((row) => row.map((each) => each ?? ''))
        const expected = stringify(cells, {
          ...(table[0]?.length === 1 && { quoted_match: /^(\\\.)?$/ }),
          delimiter,
          quote,
          escape: quote,
          record_delimiter: eol,
          quote_record_delimiter: true,
          cast: { boolean: (value) => (value ? '1' : '0') },
        })
        assert.equal(await csvBehind(table, { header: false, delimiter, quote, eol }), expected)
      }),
      { numRuns: 1000 },
    )
  })

  it('holds back its source by what waits to be read in bytes, not in slices of the source', async () => {
    const row = `["${'x'.repeat(1000)}","y"],`
    let sent = 0
    const source = Readable.from(
      (function* () {
        yield Buffer.from('{"headers":[{"name":"a"},{"name":"b"}],"rows":[')
        for (; sent < 50_000_000; sent += row.length * 64) yield Buffer.from(row.repeat(64))
        yield Buffer.from('["z","z"]]}')
      })(),
      { objectMode: false },
    )
    const csv = source.pipe(parseRows()).pipe(toCsv({ highWaterMark: 16_384 }))
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(sent > 0 && sent < 5_000_000, `${sent} bytes`)
    csv.destroy()
    source.destroy()
  })

  it('hands on bytes long before the end, some tens of kB at a time', async () => {
    const csv = Readable.from(Array.from({ length: 1000 }, () => ['x'.repeat(1000)])).pipe(
      toCsv({ header: false }),
    )
    const lengths = (await csv.toArray()).map((chunk: Buffer) => chunk.length)
    assert.ok(lengths.length > 10)
    assert.ok(Math.max(...lengths) < 200_000)
  })
})

describe('toCsv, behind a foreign stage', () => {
  const grid = Buffer.from(JSON.stringify({ headers, rows }))

  it('takes the columns of a generator in the middle from its option', async () => {
    const csv = await pipeline(
      Readable.from([grid]),
      parseRows(),
      async function* (source: AsyncIterable<Row>) {
        for await (const [dx, , value] of source) yield [value, dx]
      },
      toCsv({ columns: ['value', 'dx'] }),
      text,
    )
    assert.equal(csv, 'value,dx\n1.5,a\n-2,b\n')
  })

  it('takes them from the keys of the first object', async () => {
    const csv = await pipeline(
      Readable.from([grid]),
      parseRows(),
      async function* (source: AsyncIterable<Row>) {
        for await (const [dx, ou] of source) yield { ou, dx }
      },
      toCsv(),
      text,
    )
    assert.equal(csv, 'ou,dx\n"Bo, ""Town""",a\n"Ke\nnema",b\n')
  })

  it('takes chosen columns of objects, and leaves empty what one lacks', async () => {
    const objects = [{ a: 1, b: 2, c: 3 }, { c: 6 }]
    assert.equal(await csvBehind(objects, { columns: ['c', 'a'] }), 'c,a\n3,1\n6,\n')
    assert.equal(await csvBehind(objects), 'a,b,c\n1,2,3\n,,6\n')
  })

  it('writes objects under the headers of a row stream that turned them out', async () => {
    const stage = mapRows(([dx, , value]) => ({ value, dx }), { headers: ['dx', 'value'] })
    assert.equal(
      await pipeline(Readable.from([grid]), parseRows(), stage, toCsv(), text),
      'dx,value\na,1.5\nb,-2\n',
    )
  })

  it('writes rows without a header where it is told to', async () => {
    assert.equal(await csvBehind([['a', 1]], { header: false }), 'a,1\n')
  })

  it('writes the header of its columns, and nothing without them, where nothing comes', async () => {
    assert.equal(await csvBehind([], { columns: ['a', 'b'] }), 'a,b\n')
    assert.equal(await csvBehind([], { header: false }), '')
    await assert.rejects(csvBehind([]), QueryError)
  })

  const missing: [string, Iterable<unknown>, ToCsvOptions, RegExp][] = [
    ['rows without columns', [['a']], {}, /name them in columns, or set header to false/],
    ['labels without headers', [{ a: 1 }], { header: 'column' }, /use header 'name'/],
    ['an object with more keys than the first', [{ a: 1 }, { a: 1, b: 2 }], {}, /more keys/],
  ]
  for (const [what, stage, given, message] of missing) {
    it(`says what is missing for ${what}`, async () => {
      await assert.rejects(
        csvBehind(stage, given),
        (error) => error instanceof QueryError && message.test(error.message),
      )
    })
  }

  it('names a wanted column that is not there, and one that is there twice', async () => {
    await assert.rejects(csvOf({ columns: ['dx', 'pe'] }), /QueryError: .*"pe".*dx, ou, value/)
    await assert.rejects(csvOf({ columns: ['pe'] }, { headers, rows: [] }), QueryError)
    const twice = { headers: [{ name: 'a' }, { name: 'a' }], rows: [['1', '2']] }
    await assert.rejects(csvOf({ columns: ['a'] }, twice), /two columns "a"/)
    assert.equal(await csvOf({}, twice), 'a,a\n1,2\n')
  })

  it('refuses options that can not be right', () => {
    const wrong: object[] = [
      { header: true },
      { header: 'label' },
      { columns: [] },
      { columns: 'dx' },
      { delimiter: '' },
      { delimiter: '\n' },
      { quote: '' },
      { quote: '""' },
      { eol: '' },
      { bom: 'yes' },
      { delimiter: '"' },
      { delimiter: ',', quote: ',' },
      { escapeFormula: true },
    ]
    for (const given of wrong) assert.throws(() => toCsv(given), QueryError, JSON.stringify(given))
  })
})
