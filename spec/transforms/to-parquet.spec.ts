import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import zlib from 'node:zlib'
import {
  batchRows,
  castCells,
  type Header,
  labelCells,
  mapRows,
  parseRows,
  QueryError,
  RowError,
  selectColumns,
  toFile,
  toObjects,
} from 'dhis2-analytics-stream'
import { type Compression, type ToParquetOptions, toParquet } from 'dhis2-analytics-stream/parquet'
import { ParquetWriter } from '../../lib/columns/parquet-writer.ts'
import { connected, question } from '../support/connected.ts'
import { askDuckDb, keyValues, readParquet } from '../support/read-parquet.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { announcedRows, failureOf, gridBytes, header } from '../support/stages.ts'

const headers = [header('dx'), header('value', 'NUMBER')]

/** What these rows become behind these stages. */
async function parquetOf(source: Readable, ...stages: Transform[]): Promise<Buffer> {
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

const grid = (given: readonly Header[], rows: unknown[][]) =>
  Readable.from([gridBytes(given, rows)], { objectMode: false })

const typed = [
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
].map((type) => header(type, type))
const java = { name: 'old', type: 'java.lang.Double' }
const typesInDuckDb = {
  NUMBER: 'DOUBLE',
  INTEGER: 'DOUBLE',
  PERCENTAGE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TRUE_ONLY: 'BOOLEAN',
  DATE: 'DATE',
  AGE: 'DATE',
  DATETIME: 'TIMESTAMP',
  TEXT: 'VARCHAR',
  COORDINATE: 'VARCHAR',
  HOLOGRAM: 'VARCHAR',
  old: 'DOUBLE',
  untyped: 'VARCHAR',
}

describe('toParquet', () => {
  it('gives each column the type of its header, whatever is in it', async (t) => {
    const path = join(await emptyDirectory(t), 'types.parquet')
    const given = [...typed, java, { name: 'untyped' }]
    const row = ['1', '1', '1', '1', '1', '2024-01-31', '2024-01-31', '2024-01-31', 'a', '', 'b', '1', 12]
    const schemas: unknown[] = []
    for (const rows of [[], [given.map(() => '')], [row]]) {
      await writeFile(path, await parquetOf(announcedRows(given, rows), toParquet()))
      const columns = await askDuckDb(`DESCRIBE FROM '${path}'`)
      assert.deepEqual(
        Object.fromEntries(columns.map(({ column_name: name, column_type: type }) => [name, type])),
        typesInDuckDb,
      )
      const [counted] = await askDuckDb(`SELECT count(*) AS count FROM '${path}'`)
      assert.equal(counted!['count'], String(rows.length))
      schemas.push(await askDuckDb(`SELECT * EXCLUDE file_name FROM parquet_schema('${path}')`))
    }
    assert.deepEqual(schemas[1], schemas[0])
    assert.deepEqual(schemas[2], schemas[0])
  })

  it('says that a time has no zone', async () => {
    const { metadata } = await readParquet(
      await parquetOf(grid([header('at', 'DATETIME')], []), parseRows(), toParquet()),
    )
    assert.deepEqual(metadata.schema[1]!.logical_type, {
      type: 'TIMESTAMP',
      isAdjustedToUTC: false,
      unit: 'MILLIS',
    })
    assert.equal(metadata.schema[1]!.converted_type, undefined)
  })

  it('makes a whole file of no rows', async () => {
    const { metadata, rows } = await readParquet(await parquetOf(grid(headers, []), parseRows(), toParquet()))
    assert.deepEqual([metadata.row_groups, rows, metadata.num_rows], [[], [], 0n])
  })

  it('tells the headers and what was asked, without secrets, behind other stages too', async (t) => {
    const { client, server } = await connected(t)
    for (const stages of [[], [labelCells(), selectColumns(['ou', 'value']), castCells()]]) {
      const bytes = await parquetOf(client.analytics.stream(question), parseRows(), ...stages, toParquet())
      const told = keyValues((await readParquet(bytes)).metadata)
      assert.equal(told['dhis2.request'], `${server.url}${server.requests.at(-1)!.url}`)
      const columns = JSON.parse(told['dhis2.headers']!) as Header[]
      assert.equal(columns.at(-1)?.valueType, 'NUMBER')
      assert.equal(columns.length, stages.length ? 2 : 4)
    }
    const unasked = await readParquet(await parquetOf(grid(headers, []), parseRows(), toParquet()))
    assert.deepEqual(Object.keys(keyValues(unasked.metadata)), ['dhis2.headers'])
    assert.match(unasked.metadata.created_by!, /^dhis2-analytics-stream version \d/)
  })

  it('takes what castCells makes: numbers, booleans, dates as ISO text or as Date, objects too', async () => {
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
      ['NaN', '0', '1969-12-29T00:00:00.000', '1022-12-29T14:05:00.123+0200', '0'],
    ]
    const expected = [
      [1.5, true, Date.parse('2022-12-29'), Date.parse('2022-12-29T14:05Z'), 'x'],
      [null, null, null, null, null],
      [null, false, Date.parse('1969-12-29'), Date.parse('1022-12-29T12:05:00.123Z'), '0'],
    ]
    const ways = [
      [],
      [castCells()],
      [castCells({ dates: 'date' })],
      [castCells(), mapRows((row) => row)],
      [castCells(), toObjects()],
    ]
    for (const stages of ways) {
      const bytes = await parquetOf(grid(given, rows), parseRows(), ...stages, toParquet())
      assert.deepEqual((await readParquet(bytes)).rows, expected)
    }
  })

  it('takes objects, their columns from the first, typed by the first cell that is one', async () => {
    const objects = [
      { ou: 'a', value: undefined, ok: null, at: null, none: '' },
      { ou: 'b', value: 12, ok: true, at: new Date(0), none: null },
      { ou: '', value: Number.NaN, ok: null, at: null, none: '' },
    ]
    const { metadata, rows } = await readParquet(await parquetOf(Readable.from(objects), toParquet()))
    assert.deepEqual(
      metadata.schema.slice(1).map(({ type }) => type),
      ['BYTE_ARRAY', 'DOUBLE', 'BOOLEAN', 'INT64', 'BYTE_ARRAY'],
    )
    assert.deepEqual(rows, [
      ['a', null, null, null, null],
      ['b', 12, true, 0, null],
      [null, null, null, null, null],
    ])
  })

  it('keeps columns of other types where columns says so', async () => {
    const given = [header('value', 'NUMBER'), header('eventdate', 'DATE'), header('n')]
    const rows = [
      ['12', '2022-12-29 14:05:00.0', '5'],
      ['< 5', '2022-12-30', ''],
    ]
    const columns = { value: 'TEXT', eventdate: 'DATETIME', n: 'INTEGER' } as const
    const { metadata, rows: read } = await readParquet(
      await parquetOf(grid(given, rows), parseRows(), toParquet({ columns })),
    )
    assert.deepEqual(read, [
      ['12', Date.parse('2022-12-29T14:05Z'), 5],
      ['< 5', Date.parse('2022-12-30'), null],
    ])
    const told = JSON.parse(keyValues(metadata)['dhis2.headers']!) as Header[]
    assert.deepEqual(
      told.map(({ valueType }) => valueType),
      Object.values(columns),
    )
  })

  it('takes columns straight behind parseRows, and behind stages that hand them on', async (t) => {
    let blocks = 0
    const { addBlock } = ParquetWriter.prototype
    ParquetWriter.prototype.addBlock = function (block) {
      blocks += block.rowCount
      addBlock.call(this, block)
    }
    t.after(() => {
      ParquetWriter.prototype.addBlock = addBlock
    })
    const rows = Array.from({ length: 20_000 }, (_, i) => ['a', String(i)])
    for (const stages of [[], [castCells()], [selectColumns(['value', 'dx']), castCells()]]) {
      blocks = 0
      const stage = toParquet()
      const bytes = await parquetOf(grid(headers, rows), parseRows(), ...stages, stage)
      assert.ok(blocks > 15_000, `${blocks} rows of blocks`)
      const { rowCount, byteCount } = stage as unknown as { rowCount: number; byteCount: number }
      assert.deepEqual([rowCount, byteCount], [rows.length, bytes.length])
    }
  })

  const compressions: Compression[] = ['none', 'snappy', 'gzip', 'brotli', 'zstd']
  for (const compression of compressions) {
    const isThere = compression !== 'zstd' || 'zstdCompressSync' in zlib
    it(`compresses with ${compression}${isThere ? '' : ', which this Node refuses'}`, async (t) => {
      if (!isThere) {
        const message = /compression: Node .* has no zstd; it comes with Node 22\.15/
        assert.throws(() => toParquet({ compression }), { name: 'QueryError', message })
        return
      }
      const path = join(await emptyDirectory(t), 'grid.parquet')
      const rows = Array.from({ length: 3000 }, (_, i) => [`the ${i}th`, String(i / 8)])
      await writeFile(path, await parquetOf(announcedRows(headers, rows), toParquet({ compression })))
      const said = await askDuckDb(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`)
      const name = compression === 'none' ? 'UNCOMPRESSED' : compression.toUpperCase()
      assert.deepEqual(said, [{ compression: name }])
      const [sum] = await askDuckDb(`SELECT sum(value) AS sum, count(DISTINCT dx) AS texts FROM '${path}'`)
      assert.deepEqual(sum, { sum: (2999 * 3000) / 16, texts: '3000' })
    })
  }
})

describe('the row groups of toParquet', () => {
  const statisticsOf = async (bytes: Buffer) =>
    (await readParquet(bytes)).metadata.row_groups.map(({ columns }) =>
      columns.map(({ meta_data: data }) => {
        const { min_value: min, max_value: max, null_count: nulls } = data!.statistics!
        const plain = (bound: unknown) => (bound instanceof Date ? bound.toISOString() : bound)
        return [plain(min), plain(max), Number(nulls)]
      }),
    )

  it('tell the smallest, the largest and how many are null, each of its own rows', async () => {
    const given = [header('n', 'NUMBER'), header('t'), header('d', 'DATE'), header('b', 'BOOLEAN')]
    const rows = [
      ['1', 'b', '2024-01-01', '1'],
      ['-2', 'a', '', '0'],
      ['', '', '', ''],
      ['NaN', '', '2024-01-01', '1'],
    ]
    const bytes = await parquetOf(announcedRows(given, rows), toParquet({ rowGroupRows: 2 }))
    assert.deepEqual(await statisticsOf(bytes), [
      [
        [-2, 1, 0],
        ['a', 'b', 0],
        ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z', 1],
        [false, true, 0],
      ],
      [
        [undefined, undefined, 2],
        [undefined, undefined, 2],
        ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z', 1],
        [true, true, 1],
      ],
    ])
  })

  it('have -0 as the smallest and 0 as the largest, whichever it is', async () => {
    for (const zero of ['0', '-0']) {
      const [[[min, max]]] = (await statisticsOf(
        await parquetOf(announcedRows([header('n', 'NUMBER')], [[zero]]), toParquet()),
      )) as [[[number, number]]]
      assert.deepEqual([min, max], [-0, 0])
    }
  })

  it('compare text by its bytes, and have no bounds where it is long', async () => {
    const texts = ['\u{1f600}', '\uffee', 'z']
    const given = [header('t'), header('long')]
    const rows = texts.map((text, i) => [text, 'x'.repeat(65 + i)])
    const [[text, long]] = (await statisticsOf(await parquetOf(announcedRows(given, rows), toParquet()))) as [
      [unknown[], unknown[]],
    ]
    assert.deepEqual(text, ['z', '\u{1f600}', 0])
    assert.deepEqual(long, [undefined, undefined, 0])
  })

  it('let DuckDB pass over those that can not have what is asked', async (t) => {
    const path = join(await emptyDirectory(t), 'grid.parquet')
    const rows = Array.from({ length: 4000 }, (_, i) => [`d${i % 7}`, String(i)])
    await writeFile(path, await parquetOf(announcedRows(headers, rows), toParquet({ rowGroupRows: 1000 })))
    const found = await askDuckDb(`SELECT dx, value FROM '${path}' WHERE value BETWEEN 2500 AND 2501`)
    assert.deepEqual(found, [
      { dx: 'd1', value: 2500 },
      { dx: 'd2', value: 2501 },
    ])
    const none = await askDuckDb(`SELECT count(*) AS count FROM '${path}' WHERE dx = 'e' OR value > 4000`)
    assert.deepEqual(none, [{ count: '0' }])
  })

  it('have dictionaries of their own, unless cells hardly repeat', async () => {
    const given = [header('few'), header('many'), header('n', 'NUMBER'), header('m', 'NUMBER')]
    const rows = Array.from({ length: 60_000 }, (_, i) => [
      `f${i % 5}`,
      i % 6 ? `é\n${i}` : '',
      String(i % 9),
      String(i / 8),
    ])
    const { metadata, rows: read } = await readParquet(
      await parquetOf(grid(given, rows), parseRows(), toParquet({ rowGroupRows: 25_000 })),
    )
    assert.equal(metadata.row_groups.length, 3)
    for (const { columns } of metadata.row_groups) {
      const coded = columns.map(({ meta_data: data }) => data!.encodings.includes('RLE_DICTIONARY'))
      assert.deepEqual(coded, [true, false, true, false])
    }
    assert.deepEqual(
      read,
      rows.map(([few, many, n, m]) => [few, many || null, Number(n), Number(m)]),
    )
  })

  it('keep within bounds where cells are long', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [`${i}`.padEnd(1_000_000, 'x')])
    const { metadata, rows: read } = await readParquet(
      await parquetOf(announcedRows([header('geometry')], rows), toParquet()),
    )
    const counts = metadata.row_groups.map(({ num_rows: count }) => Number(count))
    assert.ok(counts.length > 2 && Math.max(...counts) <= 17, String(counts))
    assert.deepEqual(read, rows)
  })
})

describe('what toParquet refuses', () => {
  const failing = async (source: Readable, ...stages: Transform[]) => {
    const chunks: Buffer[] = []
    stages.at(-1)!.on('data', (chunk: Buffer) => chunks.push(chunk))
    const error = await failureOf(pipeline([source, ...stages]))
    const bytes = Buffer.concat(chunks)
    assert.ok(bytes.length <= 4 || bytes.subarray(-4).toString('latin1') !== 'PAR1')
    return error as Error
  }

  for (const stages of [[], [mapRows((row) => row)]]) {
    it(`a cell that does not fit its column, ${stages.length ? 'row by row' : 'a column at a time'}`, async () => {
      const rows = Array.from({ length: 5000 }, (_, i) => ['a', i === 4321 ? '< 5' : '1'])
      const error = await failing(
        grid(headers, rows),
        parseRows(),
        ...stages,
        toParquet({ rowGroupRows: 100 }),
      )
      assert.ok(error instanceof RowError, String(error))
      assert.deepEqual([error.rowNumber, error.column], [4322, 'value'])
      assert.match(error.message, /"< 5" is no NUMBER; .* columns: \{ "value": 'TEXT' \}/)
    })
  }

  const misplaced: [string, RegExp, () => [Readable, ...Transform[]]][] = [
    [
      'rows of which nobody knows the columns',
      /toParquet: .*announce them with mapRows/,
      () => [Readable.from([['a', '1']]), toParquet()],
    ],
    ['batches', /one by one/, () => [grid(headers, [['a', '1']]), parseRows(), batchRows(2), toParquet()]],
    ['bytes', /parseRows\(\) before it/, () => [grid(headers, []), toParquet()]],
    [
      'an unknown column in columns',
      /no column "valeu"/,
      () => [grid(headers, []), parseRows(), toParquet({ columns: { valeu: 'TEXT' } })],
    ],
    ['objects with other keys', /more keys/, () => [Readable.from([{ a: 1 }, { a: 1, b: 2 }]), toParquet()]],
  ]
  for (const [what, message, line] of misplaced) {
    it(what, async () => {
      const error = await failing(...line())
      assert.ok(error instanceof QueryError, String(error))
      assert.match(error.message, message)
    })
  }

  const options: [object, RegExp][] = [
    [{ rowGroupRows: 0 }, /rowGroupRows: must be a whole number from 1 to 1,000,000/],
    [{ rowGroupRows: 1_000_001 }, /rowGroupRows: must be a whole number from 1 to 1,000,000/],
    [{ compression: 'lz4' }, /compression: must be none, snappy, gzip, brotli, zstd/],
    [{ columns: { value: 'text' } }, /columns\.value: must be a value type/],
    [{ batchRows: 1 }, /unknown batchRows/],
  ]
  for (const [given, message] of options) {
    it(`the options ${JSON.stringify(given)}`, () => {
      assert.throws(() => toParquet(given as ToParquetOptions), { name: 'QueryError', message })
    })
  }

  it('to end a file whose source fails or is cut short, so that there is none', async (t) => {
    const directory = await emptyDirectory(t)
    const cut = gridBytes(headers, [
      ['a', '1'],
      ['b', '2'],
    ]).subarray(0, -10)
    const source = Readable.from([cut], { objectMode: false })
    const loading = pipeline(source, parseRows(), toParquet(), toFile(join(directory, 'a.parquet')))
    assert.equal(((await failureOf(loading)) as Error).name, 'TruncatedResponseError')
    assert.deepEqual(await readdir(directory), [])
    const rows = (function* () {
      yield ['a', '1']
      throw new Error('gone')
    })()
    assert.equal(
      (await failing(announcedRows(headers, rows), toParquet({ rowGroupRows: 1 }))).message,
      'gone',
    )
  })
})
