import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { parseRows, type ToCsvOptions, toCsv } from '../../lib/index.ts'
import { anyRowTexts, anySpacing, bodyOf as textBodyOf } from '../support/arbitrary-json.ts'

/** Text with what CSV and JSON each make something of: marks, escapes, controls, pairs of surrogates and lone ones. */
const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      ...'aZ09 ,;"\'\\/\n\r\t\b\f\u0000=+-@|é好\u2028\uFF1D\uD800\uDC00',
      '😀',
      '],[',
      '"],["',
      '\\"',
    ),
    maxLength: 12,
  }),
  fc.double().map(String),
  fc.constantFrom('', '\\.'),
)
/** A number as JSON may write it, whatever a double makes of it. */
class Numeral {
  readonly json: string

  constructor(json: string) {
    this.json = json
  }
}

const digits = fc.string({ unit: fc.constantFrom(...'000123456789'), minLength: 1, maxLength: 12 })
const numeral = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '-'),
      digits.map((whole) => whole.replace(/^0+(?=.)/, '')),
      fc.option(digits),
      fc.option(fc.constantFrom('e5', 'E-3', 'e+20', 'e-7', 'e400')),
    )
    .map(([sign, whole, part, exponent]) => `${sign}${whole}${part ? `.${part}` : ''}${exponent ?? ''}`),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '-0.0',
    '1.0',
    '0.000001',
    '0.0000001',
    '1e21',
    '123456789012345678',
    '0.1e1',
  ),
)

const cell = fc.oneof(
  { weight: 12, arbitrary: text },
  { weight: 6, arbitrary: numeral.map((json) => new Numeral(json)) },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(['a', ['b']]),
)
const grid = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }))

/** JSON as one server or another would write it: with more escapes than it needs, or none. */
function jsonOf(value: unknown, escaping: () => boolean): string {
  if (Array.isArray(value)) return `[${value.map((inner) => jsonOf(inner, escaping)).join(',')}]`
  if (value instanceof Numeral) return value.json
  if (typeof value !== 'string') return JSON.stringify(value)
  const units = value.split('').map((unit, i) => {
    if (escaping()) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
    // Half a pair can't be written out, so its other half must not be either.
    const isSurrogate = /[\uD800-\uDFFF]/.test(value.slice(Math.max(0, i - 1), i + 2))
    return isSurrogate
      ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
      : JSON.stringify(unit).slice(1, -1)
  })
  return `"${units.join('')}"`
}

function bodyOf(rows: unknown[][], pretty: boolean, seed: number): Buffer {
  let state = seed
  const escaping = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state % 3 === 0
  }
  const width = rows[0]?.length ?? 1
  const inside = rows.map((row) => `[${row.map((one) => jsonOf(one, escaping)).join(pretty ? ', ' : ',')}]`)
  const list = inside.join(pretty && seed % 2 ? ',\n  ' : ',')
  return Buffer.from(`{${headOf(width)},"rows":[${list}],"height":${rows.length}}`)
}

function headOf(width: number): string {
  const headers = Array.from({ length: width }, (_, i) => ({ name: `h${i}`, column: `Label, ${i}` }))
  return `"headers":${JSON.stringify(headers)},"metaData":{}`
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Straight from bytes to CSV, or by way of rows: a second listener keeps the two stages from joining. */
function csvOf(body: Buffer, size: number, options: ToCsvOptions, viaRows: boolean): Promise<Buffer> {
  const rows = Readable.from(chunksOf(body, size)).pipe(parseRows())
  if (viaRows) rows.on('data', () => undefined)
  return buffer(rows.pipe(toCsv(options)))
}

/** In a line of its own. */
const lostAlone = /^(\\\.)?$/

function oracle(rows: unknown[][], { delimiter = ',', quote = '"', eol = '\n' }: ToCsvOptions): Buffer {
  const width = rows[0]?.length ?? 1
  const header = Array.from({ length: width }, (_, i) => `h${i}`)
  const options = {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: eol,
    quote_record_delimiter: true,
    ...(width === 1 && { quoted_match: lostAlone }),
  }
  const cells = rows.map((row) => row.map((cell) => cell ?? ''))
  return Buffer.from(
    stringify([header, ...cells], { ...options, cast: { boolean: (value) => (value ? '1' : '0') } }),
  )
}

const dialects: ToCsvOptions[] = [
  {},
  { delimiter: ';', eol: '\r\n' },
  { delimiter: '\t' },
  { quote: "'" },
  { delimiter: "'", quote: '|' },
  { delimiter: '::' },
  { delimiter: '|', quote: "'" },
  { eol: '\n\n' },
]

describe('CSV straight from the bytes of a grid', () => {
  for (const dialect of dialects) {
    it(`is what csv-stringify makes of the parsed rows, with ${JSON.stringify(dialect)}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          grid,
          fc.boolean(),
          fc.nat(),
          fc.constantFrom(1, 2, 7, 64, 1e9),
          async (rows, pretty, seed, size) => {
            const body = bodyOf(rows, pretty, seed)
            const parsed = (JSON.parse(body.toString()) as { rows: unknown[][] }).rows
            const expected = oracle(parsed, dialect).toString()
            assert.equal((await csvOf(body, size, dialect, false)).toString(), expected)
            assert.equal((await csvOf(body, size, dialect, true)).toString(), expected)
          },
        ),
        { numRuns: 150 },
      )
    })
  }

  it('escapes formulas like the way by rows, and leaves numbers alone', async () => {
    await fc.assert(
      fc.asyncProperty(grid, fc.constantFrom(1, 7, 1e9), async (rows, size) => {
        const body = bodyOf(rows, false, 1)
        const options = { escapeFormulas: true }
        const direct = await csvOf(body, size, options, false)
        assert.equal(direct.toString(), (await csvOf(body, size, options, true)).toString())
      }),
      { numRuns: 150 },
    )
    const body = bodyOf([['=1+1', '-5', '-5e3', '-x', '@a', '\tb', '＝c', '+1']], false, 1)
    const line = (await csvOf(body, 1e9, { escapeFormulas: true }, false)).toString().split('\n')[1]
    assert.equal(line, "'=1+1,-5,-5e3,'-x,'@a,'\tb,'＝c,'+1")
  })

  it('knows what means something at every place of a cell, in every dialect', async () => {
    const marks = [
      ...",;|'=+-@é好",
      '\\"',
      '\\n',
      '\\r',
      '\\t',
      '\\\\',
      '\\/',
      '\\u00e9',
      '\\uFF1D',
      '😀',
      '],[',
      '::',
    ]
    const rows = marks.flatMap((mark) =>
      Array.from({ length: 35 * 35 }, (_, i) => {
        const [before, behind] = [i % 35, Math.floor(i / 35)]
        return [
          `"${'a'.repeat(before)}${mark}${'b'.repeat(behind)}"`,
          `"${mark}${mark}"`,
          `-${before}.${behind + 1}`,
        ]
      }),
    )
    const body = textBodyOf(rows, 'compact', headOf(3))
    const parsed = (JSON.parse(body.toString()) as { rows: unknown[][] }).rows
    for (const dialect of dialects) {
      assert.ok((await csvOf(body, 64 * 1024, dialect, false)).equals(oracle(parsed, dialect)))
      const formulas = { ...dialect, escapeFormulas: true }
      const direct = await csvOf(body, 64 * 1024, formulas, false)
      assert.ok(direct.equals(await csvOf(body, 64 * 1024, formulas, true)))
    }
  })

  it('is the same as by rows in large grids, with formulas escaped and without, in every dialect', async () => {
    const sorts = ['few', 'text', 'plain', 'number', 'figure', 'word', 'long'] as const
    await fc.assert(
      fc.asyncProperty(
        anyRowTexts({ sorts }),
        anySpacing,
        fc.constantFrom(...dialects),
        fc.boolean(),
        fc.integer({ min: 1000, max: 100_000 }),
        async (rows, spacing, dialect, escapeFormulas, size) => {
          const times = Math.ceil(150_000 / (rows.join().length + 1))
          const many = Array.from({ length: rows.length ? times : 0 }, () => rows).flat()
          const body = textBodyOf(many, spacing, headOf(rows[0]?.length ?? 1))
          const options = { ...dialect, escapeFormulas }
          const direct = await csvOf(body, size, options, false)
          assert.ok(direct.equals(await csvOf(body, size, options, true)))
          if (escapeFormulas) return
          const parsed = (JSON.parse(body.toString()) as { rows: unknown[][] }).rows
          assert.ok(direct.equals(oracle(parsed, options)))
        },
      ),
      { numRuns: 80 },
    )
  })

  it('fails on broken bytes where the way by rows fails, and only there', async () => {
    const rows = [
      ['a', 'b,c', 12],
      ['d\n', 'é', null],
      ['"', '', -0.5],
      [true, false, 1],
    ]
    const broken = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom(1, 7, 1e9))
    await fc.assert(
      fc.asyncProperty(broken, async ([at, byte, size]) => {
        const body = bodyOf(rows, false, 1)
        body[at % body.length] = byte
        const result = (viaRows: boolean) =>
          csvOf2(body, size, viaRows).then(
            (csv) => csv.toString(),
            (error) => error.name as string,
          )
        assert.equal(await result(false), await result(true))
      }),
      { numRuns: 1500 },
    )
  })

  it('gives a reader that joins later rows, and rows only', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => [`r${i}`, 'x'])
    const body = bodyOf(rows, false, 1)
    const parser = Readable.from(chunksOf(body, 4096)).pipe(parseRows())
    const csv = parser.pipe(toCsv())
    const late: unknown[] = []
    let seen = 0
    csv.on('data', () => {
      if (++seen === 1) parser.on('data', (row) => late.push(row))
    })
    const bytes = await buffer(csv)
    assert.equal(bytes.toString(), oracle(rows, {}).toString())
    assert.ok(late.length > 0 && late.length < rows.length)
    assert.deepEqual(late, rows.slice(-late.length))
  })

  it('goes on with rows where the CSV stage is unpiped in the middle of a chunk', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => [`r${i}`, 'x'])
    const parser = parseRows()
    const csv = parser.pipe(toCsv())
    parser.end(bodyOf(rows, false, 1))
    await once(csv, 'readable')
    parser.unpipe(csv)
    csv.end()
    const lines = (await buffer(csv)).toString().trim().split('\n').slice(1)
    const rest = await parser.toArray()
    assert.ok(lines.length > 0 && rest.length > 0)
    assert.deepEqual([...lines.map((line) => line.split(',')), ...rest], rows)
  })
})

/** Like `csvOf`, but an error of either stage is the result's. */
function csvOf2(body: Buffer, size: number, viaRows: boolean): Promise<Buffer> {
  const parser = parseRows()
  const csv = toCsv()
  parser.on('error', (error) => csv.destroy(error))
  if (viaRows) parser.on('data', () => undefined)
  Readable.from(chunksOf(body, size)).pipe(parser).pipe(csv)
  return buffer(csv)
}
