import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  Dhis2ApiError,
  type Dhis2ClientError,
  GridFormatError,
  parseRows,
  QueryError,
  type RowStream,
  type SqlViewQuery,
  TruncatedResponseError,
  toCsv,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { chunksOf } from '../support/chunks.ts'
import { connected, hangUp } from '../support/connected.ts'

const view = 'dI68mLkP1wN'
const data = `/api/sqlViews/${view}/data.json`
const headers = [{ name: 'id' }, { name: 'data' }]
const rows = [
  [1, { a: [[1, 2]], rows: [['x']] }],
  [-0.5, true],
  ['],["', null],
]
const grid = { metaData: {}, headerWidth: 2, title: 'Ä view', height: 3, headers, rows, width: 2 }

describe('parseRows of a grid one level down', () => {
  const listGrid = JSON.stringify(grid)
  const parsed = (body: string, size = body.length) => {
    const source = Readable.from(chunksOf(Buffer.from(body), size), { objectMode: false })
    return source.compose(parseRows({ path: 'listGrid' })) as unknown as RowStream
  }
  const bodies: Record<string, string> = {
    'with a pager before it': `{"pager":{"page":1,"total":3},"listGrid":${listGrid}}`,
    'with a pager behind it': `{"listGrid":${listGrid},"pager":{"page":1}}`,
    'with nothing beside it': `{"listGrid":${listGrid}}`,
    'in a body with rows and headers of its own': `{"rows":[["not"]],"headers":[7],"height":9,"listGrid":${listGrid},"more":[{"rows":[]}]}`,
    'with whitespace, and braces in text': `\uFEFF {\r\n"note" : "}]{[\\"" , "listGrid" : ${JSON.stringify(grid, undefined, 2)} \n}\n`,
    'with a listGrid of its own inside': `{"listGrid":${JSON.stringify({ listGrid: { rows: [] }, ...grid })}}`,
  }
  for (const [title, body] of Object.entries(bodies)) {
    for (const size of [1, 7, 65_536]) {
      it(`reads one ${title}, in chunks of ${size}`, async () => {
        assert.deepEqual(await parsed(body, size).toArray(), rows)
      })
    }
  }

  const broken: [title: string, body: string, kind: new (...args: never[]) => Error, message: RegExp][] = [
    [
      'fewer rows than height',
      bodies['with nothing beside it']!.replace('"height":3', '"height":4'),
      TruncatedResponseError,
      /4 rows, but 3 came/,
    ],
    [
      'no end of the grid',
      `{"listGrid":${listGrid.slice(0, -1)}`,
      TruncatedResponseError,
      /stops in the middle/,
    ],
    ['no end of what is around it', `{"listGrid":${listGrid}`, TruncatedResponseError, /stops in the middle/],
    ['something behind it', `{"listGrid":${listGrid}} x`, GridFormatError, /Malformed/],
    [
      'a bracket in place of its brace',
      `{"listGrid":${listGrid.slice(0, -1)}]}`,
      GridFormatError,
      /Malformed/,
    ],
    [
      'two of them',
      `{"listGrid":${listGrid},"listGrid":${listGrid}}`,
      GridFormatError,
      /second value of listGrid/,
    ],
    [
      'another value of that name',
      `{"listGrid":${listGrid},"listGrid":1}`,
      GridFormatError,
      /second value of listGrid/,
    ],
    ['a list in its place', '{"listGrid":[]}', UnexpectedContentError, /without listGrid\.rows/],
    ['the grid itself', listGrid, UnexpectedContentError, /without listGrid\.rows/],
    ['no rows in it', '{"listGrid":{"headers":[]}}', UnexpectedContentError, /without listGrid\.rows/],
    [
      'no headers in it',
      '{"headers":[{"name":"a"}],"listGrid":{"rows":[]}}',
      UnexpectedContentError,
      /without headers/,
    ],
    ['an error', '{"httpStatusCode":409,"status":"ERROR","message":"No view"}', Dhis2ApiError, /No view/],
  ]
  for (const [title, body, kind, message] of broken) {
    it(`refuses ${title}`, async () => {
      await assert.rejects(
        parsed(body).toArray(),
        (error: Error) => error instanceof kind && message.test(error.message),
      )
    })
  }

  it('refuses a path that is empty or no text', () => {
    assert.throws(() => parseRows({ path: '' }), QueryError)
    assert.throws(() => parseRows({ path: 7 } as never), QueryError)
  })
})

describe('sqlViews.rows', () => {
  it('gives all rows, with cells as the database has them', async (t) => {
    const { server, client } = await connected(t, { rows: 230 })
    const view = client.sqlViews.rows('dI68mLkP1wN')
    const all = await view.toArray()
    assert.equal(all.length, 230)
    assert.deepEqual(
      view.headers?.map(({ name }) => name),
      ['uid', 'rows', 'active', 'comment', 'geometry'],
    )
    const types = new Set(all.flat().map((cell: unknown) => (cell === null ? 'null' : typeof cell)))
    assert.deepEqual([...types].sort(), ['boolean', 'null', 'number', 'object', 'string'])
    assert.equal(server.requests[0]!.url, `${data}?paging=false`)
  })

  it('writes objects as JSON text into CSV', async (t) => {
    const { server, client } = await connected(t)
    server.serve(data, JSON.stringify({ listGrid: grid }))
    assert.equal(
      await text(client.sqlViews.rows(view).pipe(toCsv())),
      'id,data\n1,"{""a"":[[1,2]],""rows"":[[""x""]]}"\n-0.5,1\n"],[""",\n',
    )
  })

  it('sends criteria, variables, filters, fields and the rest', async (t) => {
    const { server, client } = await connected(t, { rows: 1 })
    await client.sqlViews
      .rows(view, {
        criteria: { level: 4, 'parent name': 'Bo & Kono' },
        variables: { valueType: 'INTEGER', flag: true },
        filters: ['orgunit_level:in:[2,4]', 'orgunit_name:!like:Bo', 'coordinates:null'],
        fields: ['uid', 'rows'],
        params: { locale: 'fr' },
      })
      .toArray()
    assert.deepEqual(
      [...server.requests[0]!.query],
      [
        ['criteria', 'level:4'],
        ['criteria', 'parent name:Bo & Kono'],
        ['var', 'valueType:INTEGER'],
        ['var', 'flag:true'],
        ['filter', 'orgunit_level:in:[2,4]'],
        ['filter', 'orgunit_name:!like:Bo'],
        ['filter', 'coordinates:null'],
        ['fields', 'uid,rows'],
        ['locale', 'fr'],
        ['paging', 'false'],
      ],
    )
  })

  it('fails where the server sends a page nevertheless, and names the request', async (t) => {
    const { server, client } = await connected(t)
    server.serve(data, JSON.stringify({ pager: { page: 1, pageSize: 3, total: 9 }, listGrid: grid }))
    await assert.rejects(client.sqlViews.rows(view).toArray(), (error: Dhis2ClientError) => {
      assert.ok(error instanceof TruncatedResponseError)
      assert.deepEqual([error.unit, error.expected, error.received], ['rows', 9, 3])
      assert.match(error.message, /sqlViews\/dI68mLkP1wN\/data\.json/)
      return true
    })
    const line = pipeline(client.sqlViews.rows(view), toCsv(), new PassThrough().resume())
    await assert.rejects(line, TruncatedResponseError)
  })

  it('tries again, and fails with the server’s own error', async (t) => {
    const { server, client } = await connected(t, { rows: 3 })
    server.misbehave({ status: 503 })
    assert.equal((await client.sqlViews.rows(view).toArray()).length, 3)
    server.misbehave({ status: 404 })
    await assert.rejects(client.sqlViews.rows(view).toArray(), { name: 'Dhis2ApiError', httpStatus: 404 })
  })

  it('hangs up when it is left', async (t) => {
    const { server, client } = await connected(t, { rows: 300_000 })
    for await (const _ of client.sqlViews.rows(view)) break
    await hangUp(server)
  })

  const bad: [title: string, id: string, query: SqlViewQuery][] = [
    ['an id that climbs out of the path', '../users', {}],
    ['no id', '', {}],
    ['a criterion the server would drop', view, { criteria: { time: '10:30' } }],
    ['a criterion it would cut', view, { criteria: { name: 'a,b' } }],
    ['a criterion without a value', view, { criteria: { name: '' } }],
    ['a column with a colon', view, { criteria: { 'a:b': 'c' } }],
    ['a variable it would refuse', view, { variables: { a: "x'; drop" } }],
    ['a filter without an operator', view, { filters: ['level'] }],
    ['filters as text', view, { filters: 'level:eq:2' as never }],
    ['a page', view, { params: { page: 2 } }],
    ['paging', view, { params: { paging: true } }],
    ['another option', view, { filter: [] } as never],
    ['a query that is none', view, 7 as never],
  ]
  for (const [title, id, query] of bad) {
    it(`refuses before anything is sent: ${title}`, async (t) => {
      const { server, client } = await connected(t)
      assert.throws(() => client.sqlViews.rows(id, query), QueryError)
      assert.equal(server.requests.length, 0)
    })
  }

  it('takes no other options than a call', async (t) => {
    const { client } = await connected(t)
    // @ts-expect-error a typo
    assert.throws(() => client.sqlViews.rows(view, {}, { singal: AbortSignal.abort() }), QueryError)
    // @ts-expect-error an id is needed
    assert.throws(() => client.sqlViews.rows(), QueryError)
  })
})
