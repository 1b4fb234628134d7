import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  AuthenticationError,
  ClientClosedError,
  Dhis2ApiError,
  Dhis2ClientError,
  GridFormatError,
  QueryError,
  RowError,
  type Table,
  TruncatedResponseError,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { castCells } from '../../lib/transforms/cast-cells.ts'
import { typedGrid } from '../support/arbitrary-cells.ts'
import { connected, question } from '../support/connected.ts'
import { generated } from '../support/grids.ts'
import { warningsOf } from '../support/leaks.ts'
import { readArrow, typesOf } from '../support/read-arrow.ts'
import { gridBytes, header } from '../support/stages.ts'

const headers = [
  header('ou'),
  header('value', 'NUMBER'),
  header('ok', 'BOOLEAN'),
  header('day', 'DATE'),
  header('at', 'DATETIME'),
]
const rows = [
  ['a', '12.50', '1', '2022-12-29', '2022-12-29 14:05:00.0'],
  ['b', 'NaN', '0', '', '2022-12-29T14:05:00.123+0200'],
  ['', '', '', '', ''],
  ['a', '-0.5', 'true', '2022-12-30T00:00:00.000', '1969-12-31T23:59:59.999'],
]

describe('table', () => {
  it('has a column for each header, in typed arrays', async (t) => {
    const { server, client } = await connected(t)
    server.serve('/api/analytics.json', gridBytes(headers, rows, { items: { a: { name: 'A' } } }))
    const table = await client.analytics.table(question)
    assert.equal(table.length, 4)
    assert.deepEqual(table.headers, headers)
    assert.deepEqual(table.metaData, { items: { a: { name: 'A' } } })
    const day = Date.parse('2022-12-29')
    assert.deepEqual(Object.entries(table.columns), [
      ['ou', { kind: 'text', header: headers[0], codes: Int32Array.of(0, 1, -1, 0), dictionary: ['a', 'b'] }],
      [
        'value',
        { kind: 'number', header: headers[1], values: Float64Array.of(12.5, Number.NaN, Number.NaN, -0.5) },
      ],
      ['ok', { kind: 'boolean', header: headers[2], values: Int8Array.of(1, 0, -1, 1) }],
      [
        'day',
        {
          kind: 'date',
          header: headers[3],
          values: Float64Array.of(day, Number.NaN, Number.NaN, day + 86_400_000),
        },
      ],
      [
        'at',
        {
          kind: 'datetime',
          header: headers[4],
          values: Float64Array.of(
            Date.parse('2022-12-29T14:05Z'),
            Date.parse('2022-12-29T12:05:00.123Z'),
            Number.NaN,
            -1,
          ),
        },
      ],
    ])
    assert.deepEqual(table.row(0), ['a', 12.5, true, '2022-12-29', '2022-12-29T14:05:00.000'])
    assert.deepEqual(table.row(2), [null, null, null, null, null])
    assert.deepEqual(
      [...table],
      [0, 1, 2, 3].map((i) => table.row(i)),
    )
  })

  it('has the cells that castCells gives', async (t) => {
    const { client } = await connected(t, { rows: 100_000 })
    const table = await client.analytics.table(question)
    assert.equal(table.length, 100_000)
    const cast = await client.analytics.rows(question).through(castCells()).toArray()
    assert.deepEqual([...table], cast)
  })

  it('writes itself as an Arrow stream, with what was asked', async (t) => {
    const { server, client } = await connected(t)
    await fc.assert(
      fc.asyncProperty(typedGrid(false), async (grid) => {
        server.serve('/api/analytics.json', gridBytes(grid.headers, grid.rows))
        const table = await client.analytics.table(question)
        const read = readArrow(table.toArrow())
        assert.deepEqual(JSON.parse(read.schema.metadata.get('dhis2.headers')!), grid.headers)
        assert.equal(read.schema.metadata.get('dhis2.request'), `${server.url}${server.requests[0]!.url}`)
        const isTime = table.headers.map(({ valueType }) => /^(DATE|AGE)/.test(valueType!))
        assert.deepEqual(
          read.rows,
          [...table].map((row) =>
            row.map((cell, i) => {
              if (typeof cell !== 'string') return cell
              return isTime[i]
                ? Date.parse(cell.length > 10 ? `${cell}Z` : cell)
                : Buffer.from(cell).toString()
            }),
          ),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('writes as many batches as it takes', async (t) => {
    const { client } = await connected(t, { rows: 150_000 })
    const table = await client.analytics.table(question)
    const { batches, rows: read, schema } = readArrow(table.toArrow())
    assert.deepEqual(batches, [65_536, 65_536, 18_928])
    assert.deepEqual(read, [...table])
    assert.equal(typesOf(schema)['ou'], 'Dictionary<Int16, Utf8>')
  })

  it('is empty of an empty grid, which warns as it does of aggregate', async (t) => {
    const { server, client } = await connected(t)
    server.serve('/api/analytics.json', gridBytes(headers, []))
    server.serve('/api/system/info', '{"version":"2.43.0"}')
    let table: Table | undefined
    const warnings = await warningsOf(async () => {
      table = await client.analytics.table(question)
    })
    assert.deepEqual(
      warnings.map((warning) => (warning as { code?: string }).code),
      ['DHIS2_NO_ANALYTICS'],
    )
    assert.deepEqual([table?.length, [...table!], table?.row.length], [0, [], 1])
    assert.deepEqual(readArrow(table!.toArrow()).rows, [])
  })

  it('takes the headers behind the rows, and the first of two columns of one name', async (t) => {
    const { server, client } = await connected(t)
    const given = [{ name: 'a' }, { name: 'a' }]
    server.serve('/api/analytics.json', JSON.stringify({ rows: [['1', 2]], headers: given }))
    const table = await client.analytics.table(question)
    assert.deepEqual([...table], [['1', 2]])
    assert.equal(table.columns['a']?.kind, 'text')
  })

  it('has whole lists, as aggregate has them, asked by the query itself too', async (t) => {
    const { client } = await connected(t, { eventRows: 120 })
    const query = client.analytics.trackedEntities.query('nEenWmSyUEp', { ou: 'USER_ORGUNIT' })
    const [table, grid] = [await query.table(), await query.aggregate()]
    assert.equal(table.length, 120)
    assert.deepEqual(Array.from(table, ([id]) => id).sort(), grid.rows.map(([id]) => id).sort())
    assert.deepEqual(table.headers, grid.headers)
    assert.deepEqual(table.metaData, grid.metaData)
  })

  it('drops operands that nobody asked for', async (t) => {
    const { server, client } = await connected(t)
    const items = ['A1234567890.a1234567890', 'A1234567890.b1234567890', 'B1234567890.a1234567890']
    const crossed = Array.from({ length: 3000 }, (_, i) => [items[i % 3], String(i)])
    server.serve('/api/analytics.json', gridBytes([header('dx'), header('value', 'NUMBER')], crossed))
    const query = { dx: [items[1]!, items[2]!], pe: '2024', ou: 'ImspTQPwCqd' }
    const table = await client.analytics.table(query)
    assert.equal(table.length, 2000)
    const { rows: kept } = await client.analytics.aggregate(query)
    assert.deepEqual(
      [...table],
      kept.map(([dx, value]) => [dx, Number(value)]),
    )
  })

  it('keeps columns of other types where columns says so', async (t) => {
    const { server, client } = await connected(t)
    server.serve('/api/analytics.json', gridBytes([header('value', 'NUMBER')], [['< 5'], ['7']]))
    const table = await client.analytics.table(question, { columns: { value: 'TEXT' } })
    assert.deepEqual([...table], [['< 5'], ['7']])
    assert.equal(table.headers[0]?.valueType, 'TEXT')
  })

  it('asks anew where the body breaks off', async (t) => {
    const { server, client } = await connected(t, { rows: 10_000 })
    server.misbehave({ truncateAfter: 200_000 })
    const table = await client.analytics.table(question)
    assert.equal(server.requests.length, 2)
    assert.equal(
      table.length,
      (JSON.parse(generated({ rows: 10_000 }).toString()) as { height: number }).height,
    )
  })
})

describe('table rejects', () => {
  const strangers: [string, string, new (...args: never[]) => Error][] = [
    ['an HTML page', '<!DOCTYPE html><html><title>Gateway</title></html>', UnexpectedContentError],
    ['a login page', '<html><form action="/login/"><input type="password"></html>', AuthenticationError],
    ['nothing', '', UnexpectedContentError],
    ['an error object', '{"httpStatusCode":409,"status":"ERROR","message":"No"}', Dhis2ApiError],
    ['metaData that is a list', '{"headers":[],"metaData":[],"rows":[]}', GridFormatError],
    ['fewer rows than the height', '{"headers":[],"height":1,"rows":[]}', TruncatedResponseError],
    [
      'a cell that does not fit',
      '{"headers":[{"name":"v","valueType":"NUMBER"}],"rows":[["1"],["x"]]}',
      RowError,
    ],
  ]
  for (const [what, body, type] of strangers) {
    it(`${what} with a ${type.name} that names the request`, async (t) => {
      const { server, client } = await connected(t)
      server.serve('/api/analytics.json', body)
      await assert.rejects(client.analytics.table(question), (error) => {
        assert.ok(error instanceof type && error instanceof Dhis2ClientError, `${error}`)
        assert.match(error.request?.url ?? '', /\/api\/analytics\.json\?dimension=dx/)
        return true
      })
      assert.equal(server.requests.length, 1)
    })
  }

  it('a cell of a list that does not fit, and names the request', async (t) => {
    const { client } = await connected(t, { eventRows: 60 })
    const query = client.analytics.trackedEntities.query('nEenWmSyUEp', { ou: 'USER_ORGUNIT' })
    await assert.rejects(query.table({ columns: { trackedentity: 'NUMBER' } }), (error) => {
      assert.ok(error instanceof RowError, `${error}`)
      assert.deepEqual([error.rowNumber, error.column], [1, 'trackedentity'])
      assert.match(error.request?.url ?? '', /trackedEntities\/query/)
      return true
    })
  })

  it('columns that are not there, options and questions that can’t be right', async (t) => {
    const { client } = await connected(t)
    const { analytics } = client
    await assert.rejects(analytics.table(question, { columns: { valeu: 'TEXT' } }), /no column "valeu"/)
    await assert.rejects(analytics.table(question, { batchRows: 1 } as never), QueryError)
    await assert.rejects(
      analytics.table({ ...question, endpoint: '/api/analytics.csv' }),
      /table: rows are read from JSON/,
    )
    await assert.rejects(
      analytics.table({
        ...question,
        endpoint: '/api/analytics/events/query/IpHINAT79UW.json',
        params: { rowContext: true, page: 1 },
      }),
      /table: the row context would be dropped/,
    )
  })

  it('with an AbortError, and with a ClientClosedError', async (t) => {
    const { server, client } = await connected(t)
    server.misbehave({ delayMs: 60_000, times: 2 })
    await assert.rejects(client.analytics.table(question, { signal: AbortSignal.timeout(50) }), {
      name: 'AbortError',
    })
    const table = client.analytics.table(question)
    setTimeout(() => void client.close(), 50)
    await assert.rejects(table, ClientClosedError)
    await assert.rejects(client.analytics.table(question), ClientClosedError)
  })
})
