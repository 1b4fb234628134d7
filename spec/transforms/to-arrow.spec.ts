import assert from 'node:assert/strict'
import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  batchRows,
  castCells,
  type Header,
  labelCells,
  type MetaData,
  mapRows,
  parseRows,
  QueryError,
  RowError,
  selectColumns,
  type ToArrowOptions,
  toArrow,
  toObjects,
} from 'dhis2-analytics-stream'
import { ArrowWriter } from '../../lib/columns/arrow-writer.ts'
import { connected, question } from '../support/connected.ts'
import { readArrow, typesOf } from '../support/read-arrow.ts'
import { announcedRows, failureOf, gridBytes, header } from '../support/stages.ts'

const headers = [header('dx'), header('value', 'NUMBER')]
const endMark = 'ffffffff00000000'

/** What these rows become behind these stages. */
async function arrowOf(source: Readable, ...stages: Transform[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  await pipeline([source, ...stages, sink])
  return Buffer.concat(chunks)
}

const grid = (given: readonly Header[], rows: unknown[][], metaData?: MetaData) =>
  Readable.from([gridBytes(given, rows, metaData)], { objectMode: false })

describe('toArrow', () => {
  it('gives each column the type of its header', async () => {
    const types = [
      'NUMBER',
      'INTEGER',
      'PERCENTAGE',
      'BOOLEAN',
      'TRUE_ONLY',
      'DATE',
      'AGE',
      'DATETIME',
      'TEXT',
      'COORDINATE',
      'HOLOGRAM',
    ]
    const given = types.map((type) => header(type, type))
    const java = { name: 'old', type: 'java.lang.Double' }
    const { schema } = readArrow(await arrowOf(grid([...given, java], []), parseRows(), toArrow()))
    const text = 'Dictionary<Int32, Utf8>'
    assert.deepEqual(typesOf(schema), {
      NUMBER: 'Float64',
      INTEGER: 'Float64',
      PERCENTAGE: 'Float64',
      BOOLEAN: 'Bool',
      TRUE_ONLY: 'Bool',
      DATE: 'Date32<DAY>',
      AGE: 'Date32<DAY>',
      DATETIME: 'Timestamp<MILLISECOND>',
      TEXT: text.replace('32', '16'),
      COORDINATE: text.replace('32', '16'),
      HOLOGRAM: text.replace('32', '16'),
      old: 'Float64',
    })
    assert.ok(schema.fields.every(({ nullable }) => nullable))
  })

  it('makes a schema and no batch of no rows', async () => {
    const bytes = await arrowOf(grid(headers, []), parseRows(), toArrow())
    const schemaBytes = 8 + bytes.readUInt32LE(4)
    assert.equal(bytes.subarray(schemaBytes).toString('hex'), endMark)
    assert.deepEqual(readArrow(bytes).rows, [])
    const none = readArrow(await arrowOf(grid([], []), parseRows(), toArrow()))
    assert.deepEqual([none.schema.fields, none.rows], [[], []])
  })

  it('tells the headers and what was asked, without secrets, behind other stages too', async (t) => {
    const { client, server } = await connected(t)
    for (const stages of [[], [labelCells(), selectColumns(['ou', 'value']), castCells()]]) {
      const bytes = await arrowOf(client.analytics.stream(question), parseRows(), ...stages, toArrow())
      const { metadata } = readArrow(bytes).schema
      assert.equal(metadata.get('dhis2.request'), `${server.url}${server.requests.at(-1)!.url}`)
      const told = JSON.parse(metadata.get('dhis2.headers')!) as Header[]
      assert.equal(told.at(-1)?.valueType, 'NUMBER')
      assert.equal(told.length, stages.length ? 2 : 4)
    }
  })

  it('has no word of a request that nobody knows', async () => {
    const { schema } = readArrow(await arrowOf(grid(headers, []), parseRows(), toArrow()))
    assert.deepEqual([...schema.metadata.keys()], ['dhis2.headers'])
  })

  it('takes what castCells makes: numbers, booleans, dates as ISO text or as Date', async () => {
    const given = [
      header('n', 'NUMBER'),
      header('b', 'BOOLEAN'),
      header('d', 'DATE'),
      header('t', 'DATETIME'),
      header('x'),
    ]
    const rows = [
      ['1.50', '1', '2022-12-29', '2022-12-29 14:05:00.0', 'x'],
      ['', '', '', '', ''],
      ['NaN', '0', '2022-12-29T00:00:00.000', '2022-12-29T14:05:00.123+0200', '0'],
    ]
    const day = Date.parse('2022-12-29')
    const expected = [
      [1.5, true, day, Date.parse('2022-12-29T14:05Z'), 'x'],
      [null, null, null, null, null],
      [null, false, day, Date.parse('2022-12-29T12:05:00.123Z'), '0'],
    ]
    const ways = [
      [],
      [castCells()],
      [castCells({ dates: 'date' })],
      [castCells(), mapRows((row) => row)],
      [castCells(), toObjects()],
    ]
    for (const stages of ways) {
      const { rows: read } = readArrow(await arrowOf(grid(given, rows), parseRows(), ...stages, toArrow()))
      assert.deepEqual(read, expected)
    }
  })

  it('takes objects, their columns from the first, typed by the first cell that is one', async () => {
    const objects = [
      { ou: 'a', value: undefined, ok: null, at: null, none: '' },
      { ou: 'b', value: 12, ok: true, at: new Date(0), none: null },
      { ou: '', value: Number.NaN, ok: null, at: null, none: '' },
    ]
    const { schema, rows } = readArrow(await arrowOf(Readable.from(objects), toArrow({ batchRows: 2 })))
    assert.deepEqual(typesOf(schema), {
      ou: 'Dictionary<Int16, Utf8>',
      value: 'Float64',
      ok: 'Bool',
      at: 'Timestamp<MILLISECOND>',
      none: 'Dictionary<Int16, Utf8>',
    })
    assert.deepEqual(rows, [
      ['a', null, null, null, null],
      ['b', 12, true, 0, null],
      [null, null, null, null, null],
    ])
  })

  it('types a column without a value type by its cells, straight from a body too', async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => [i < 10 ? null : i, `t${i % 3}`, null])
    const untyped = [{ name: 'n' }, { name: 't' }, { name: 'none' }]
    const { schema, rows: read } = readArrow(await arrowOf(grid(untyped, rows), parseRows(), toArrow()))
    assert.deepEqual(
      Object.values(typesOf(schema)).map((type) => type.split('<')[0]),
      ['Float64', 'Dictionary', 'Dictionary'],
    )
    assert.deepEqual(read, rows)
  })

  it('reads numbers, days and times that hardly repeat', async () => {
    const given = [header('value', 'NUMBER'), header('day', 'DATE'), header('at', 'DATETIME')]
    const expected = Array.from({ length: 40_000 }, (_, i) => [i / 8 - 1000, i * 86_400_000, 1e12 + i * 1001])
    const rows = expected.map(([value, day, at], i) => [
      i % 100 ? String(value) : '',
      new Date(day!).toISOString().slice(0, 10),
      new Date(at!).toISOString().slice(0, -1).replace('T', ' '),
    ])
    const { rows: read } = readArrow(await arrowOf(grid(given, rows), parseRows(), toArrow()))
    assert.deepEqual(
      read,
      expected.map(([value, ...times], i) => [i % 100 ? value : null, ...times]),
    )
  })

  it('keeps columns of other types where columns says so', async () => {
    const given = [header('value', 'NUMBER'), header('eventdate', 'DATE'), header('n')]
    const rows = [
      ['12', '2022-12-29 14:05:00.0', '5'],
      ['< 5', '2022-12-30', ''],
    ]
    const columns = { value: 'TEXT', eventdate: 'DATETIME', n: 'INTEGER' } as const
    const { schema, rows: read } = readArrow(
      await arrowOf(grid(given, rows), parseRows(), toArrow({ columns })),
    )
    assert.deepEqual(read, [
      ['12', Date.parse('2022-12-29T14:05Z'), 5],
      ['< 5', Date.parse('2022-12-30'), null],
    ])
    const told = JSON.parse(schema.metadata.get('dhis2.headers')!) as Header[]
    assert.deepEqual(
      told.map(({ valueType }) => valueType),
      Object.values(columns),
    )
  })

  it('keeps the order of rows where another reader comes and goes', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => [`r${i % 7}`, String(i)])
    const bytes = gridBytes(headers, rows)
    const parser = Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000)
      })(),
      { objectMode: false },
    ).pipe(parseRows())
    const listener = () => undefined
    let count = 0
    const turn = setInterval(() => {
      if (++count % 2) parser.on('data', listener)
      else parser.off('data', listener)
    }, 0)
    const chunks = (await parser.pipe(toArrow()).toArray()) as Buffer[]
    clearInterval(turn)
    assert.deepEqual(
      readArrow(Buffer.concat(chunks)).rows.map(([, value]) => value),
      rows.map((_, i) => i),
    )
  })

  it('takes columns straight behind parseRows, and behind stages that hand them on', async (t) => {
    let blocks = 0
    const { addBlock } = ArrowWriter.prototype
    ArrowWriter.prototype.addBlock = function (block) {
      blocks += block.rowCount
      addBlock.call(this, block)
    }
    t.after(() => {
      ArrowWriter.prototype.addBlock = addBlock
    })
    const rows = Array.from({ length: 20_000 }, (_, i) => ['a', String(i)])
    for (const stages of [[], [castCells()], [selectColumns(['value', 'dx']), castCells()]]) {
      blocks = 0
      const stage = toArrow()
      await arrowOf(grid(headers, rows), parseRows(), ...stages, stage)
      assert.ok(blocks > 15_000, `${blocks} rows of blocks`)
      assert.equal((stage as unknown as { rowCount: number }).rowCount, rows.length)
    }
  })
})

describe('the dictionaries of toArrow', () => {
  it('are written anew where they have grown, never as deltas, and begun anew where they are large', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [`ou${i >> 1}`, 'x'])
    const given = [header('ou'), header('dx')]
    const bytes = await arrowOf(announcedRows(given, rows), toArrow({ batchRows: 1000 }))
    assert.deepEqual(readArrow(bytes).rows, rows)
    // All of each dictionary every time would be ten times the 10,000 texts.
    assert.ok(bytes.length < 20_000 * 16, `${bytes.length} bytes`)
  })

  it('have codes of 16 bits only where no more can come', async () => {
    const items = (count: number) => Array.from({ length: count }, (_, i) => `i${i}`)
    const dimensions = { few: items(12), many: items(40_000) }
    const given = [header('few'), header('many'), header('short'), header('long')]
    const rows = Array.from({ length: 1000 }, (_, i) => ['i1', 'i2', `s${i % 200}`, `l${i % 300}`])
    const types = async (options?: ToArrowOptions) =>
      Object.values(
        typesOf(
          readArrow(await arrowOf(announcedRows(given, rows, { dimensions }), toArrow(options))).schema,
        ),
      )
    const [short, long] = ['Dictionary<Int16, Utf8>', 'Dictionary<Int32, Utf8>']
    assert.deepEqual(await types(), [short, long, short, long])
    assert.deepEqual(await types({ batchRows: 20_000 }), [long, long, long, long])
  })

  it('hold more texts than 16 bits do, in turn', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => [i < 20_000 ? 'a' : `t${i >> 1}`])
    const { schema, rows: read } = readArrow(await arrowOf(announcedRows([header('t')], rows), toArrow()))
    assert.deepEqual(typesOf(schema), { t: 'Dictionary<Int16, Utf8>' })
    assert.deepEqual(read, rows)
  })

  it('are not made of text that hardly repeats', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => [
      `psi${i}`,
      i % 5 ? `é\n${i}` : '',
      i < 30_000 ? `u${i}` : 12,
    ])
    const given = [header('psi'), header('note'), header('last')]
    const { schema, rows: read } = readArrow(await arrowOf(grid(given, rows), parseRows(), toArrow()))
    assert.deepEqual(typesOf(schema), { psi: 'Utf8', note: 'Utf8', last: 'Utf8' })
    assert.deepEqual(
      read,
      rows.map(([psi, note, last]) => [psi, note || null, String(last)]),
    )
  })

  it('keep batches within bounds where cells are long', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [`${i}`.padEnd(1_000_000, 'x')])
    const { batches, rows: read } = readArrow(
      await arrowOf(announcedRows([header('geometry')], rows), toArrow()),
    )
    assert.ok(batches.length > 2 && Math.max(...batches) <= 17, String(batches))
    assert.deepEqual(read, rows)
  })
})

describe('what toArrow refuses', () => {
  const failing = async (source: Readable, ...stages: Transform[]) => {
    const chunks: Buffer[] = []
    const last = stages.at(-1)!
    last.on('data', (chunk: Buffer) => chunks.push(chunk))
    const error = await failureOf(pipeline([source, ...stages]))
    assert.ok(!Buffer.concat(chunks).toString('hex').includes(endMark))
    return error as Error
  }

  const misfits: [string, string, unknown][] = [
    ['text under NUMBER', 'NUMBER', '< 5'],
    ['an integer that a double does not hold', 'INTEGER', '9007199254740993'],
    ['a time under DATE', 'DATE', '2022-12-29 14:05:00.0'],
    ['a day that is none', 'DATETIME', '2022-02-30'],
    ['text under BOOLEAN', 'BOOLEAN', 'yes'],
    ['an object under NUMBER', 'NUMBER', { a: 1 }],
  ]
  for (const [what, valueType, cell] of misfits) {
    it(`a cell that does not fit its column: ${what}`, async () => {
      const fine = { NUMBER: '1', INTEGER: '1', DATE: '2022-12-29', DATETIME: '2022-12-29', BOOLEAN: '1' }[
        valueType
      ]
      const given = [header('dx'), header('value', valueType)]
      for (const stages of [[], [mapRows((row) => row)]]) {
        const rows = Array.from({ length: 5000 }, (_, i) => ['a', i === 4321 ? cell : fine])
        const error = await failing(grid(given, rows), parseRows(), ...stages, toArrow({ batchRows: 100 }))
        assert.ok(error instanceof RowError, String(error))
        assert.deepEqual([error.rowNumber, error.column], [4322, 'value'])
        const shown = JSON.stringify(String(cell))
        assert.ok(
          error.message.includes(`${shown} is no ${valueType}; say what the column is instead`),
          error.message,
        )
        assert.match(error.message, /columns: \{ "value": 'TEXT' \}/)
      }
    })
  }

  it('a cell that has no text', async () => {
    for (const cell of [new Map(), () => 1, new Date(Number.NaN)]) {
      const error = await failing(announcedRows([header('dx')], [['a'], [cell]]), toArrow())
      assert.ok(error instanceof RowError, String(error))
      assert.deepEqual([error.rowNumber, error.column], [2, 'dx'])
    }
  })

  it('rows longer or shorter than the columns', async () => {
    for (const row of [['a'], ['a', '1', 'b']]) {
      assert.ok((await failing(announcedRows(headers, [['a', '1'], row]), toArrow())) instanceof RowError)
    }
  })

  const misplaced: [string, RegExp, () => [Readable, ...Transform[]]][] = [
    [
      'rows of which nobody knows the columns',
      /announce them with mapRows/,
      () => [Readable.from([['a', '1']]), toArrow()],
    ],
    [
      'nothing, where nobody knows the columns',
      /announce them with mapRows/,
      () => [Readable.from([]), toArrow()],
    ],
    ['batches', /one by one/, () => [grid(headers, [['a', '1']]), parseRows(), batchRows(2), toArrow()]],
    ['bytes', /parseRows\(\) before it/, () => [grid(headers, []), toArrow()]],
    [
      'an unknown column in columns',
      /no column "valeu"/,
      () => [grid(headers, []), parseRows(), toArrow({ columns: { valeu: 'TEXT' } })],
    ],
    ['objects with other keys', /more keys/, () => [Readable.from([{ a: 1 }, { a: 1, b: 2 }]), toArrow()]],
  ]
  for (const [what, message, line] of misplaced) {
    it(what, async () => {
      const error = await failing(...line())
      assert.ok(error instanceof QueryError, String(error))
      assert.match(error.message, message)
    })
  }

  const options: [object, RegExp][] = [
    [{ batchRows: 0 }, /batchRows: must be a whole number from 1 to 1,000,000/],
    [{ batchRows: 1_000_001 }, /batchRows: must be a whole number from 1 to 1,000,000/],
    [{ batchRows: 1.5 }, /batchRows: must be a whole number from 1 to 1,000,000/],
    [{ columns: { value: 'text' } }, /columns\.value: must be a value type/],
    [{ compression: 'lz4' }, /unknown compression/],
  ]
  for (const [given, message] of options) {
    it(`the options ${JSON.stringify(given)}`, () => {
      assert.throws(() => toArrow(given as ToArrowOptions), { name: 'QueryError', message })
    })
  }

  it('to end a stream whose source fails or is cut short', async () => {
    const cut = gridBytes(headers, [
      ['a', '1'],
      ['b', '2'],
    ]).subarray(0, -10)
    assert.equal(
      (await failing(Readable.from([cut], { objectMode: false }), parseRows(), toArrow())).name,
      'TruncatedResponseError',
    )
    const rows = (function* () {
      yield ['a', '1']
      throw new Error('gone')
    })()
    assert.equal((await failing(announcedRows(headers, rows), toArrow({ batchRows: 1 }))).message, 'gone')
  })
})
