import assert from 'node:assert/strict'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import {
  ClientClosedError,
  castCells,
  type Dhis2ClientError,
  dimensionTables,
  type MetaData,
  QueryError,
  RowError,
  TruncatedResponseError,
  toCsv,
  toObjects,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { type MetadataObject, rowsFrom } from '../../lib/testing/index.ts'
import { connected, hangUp, question } from '../support/connected.ts'
import { eventually } from '../support/leaks.ts'

const country = 'ImspTQPwCqd'
const bo = 'O6uvpzGd5pu'

const about = (dimensions: Record<string, string[]>, items: MetaData['items'] = {}) => ({
  metaData: { items, dimensions },
})

/** An id of so many, whose order is another by code point than in a language. */
const idOf = (n: number) => `${n % 2 ? 'a' : 'B'}${String(n).padStart(10, '0')}`
const elements = (count: number): MetadataObject[] =>
  Array.from({ length: count }, (_, n) => ({
    id: idOf(n),
    name: `Element ${n}`,
    valueType: 'INTEGER',
    aggregationType: 'SUM',
  }))

/** A server with so many data elements, and no other data items. */
function withElements(t: TestContext, dataElements: readonly MetadataObject[]) {
  const metadata = { dataElements, indicators: [], programIndicators: [], dataSets: [] }
  return connected(t, { metadata })
}

const asked = ({ requests }: { requests: readonly { url: string }[] }) =>
  requests.map(({ url }) => decodeURIComponent(url.replace('/api/', '')))

describe('the tables of an answer', () => {
  it('has a row for each org unit of it, in its order, with all that is above', async (t) => {
    const { client } = await connected(t)
    const { orgUnits } = dimensionTables(client, about({ ou: [bo, country, bo] }))
    assert.equal(orgUnits.headers, undefined)
    const rows = await orgUnits.through(toObjects()).toArray()
    assert.deepEqual(
      rows.map(({ id, name, level, parent, path }) => ({ id, name, level, parent, path })),
      [
        { id: bo, name: 'Bo', level: 2, parent: country, path: `/${country}/${bo}` },
        { id: country, name: 'Sierra Leone', level: 1, parent: null, path: `/${country}` },
      ],
    )
    const [first, second] = rows
    assert.match(String(first?.['code']), /^OU_\d+$/)
    assert.deepEqual(Object.entries(first!).slice(6), [
      ['level1_id', country],
      ['level1_name', 'Sierra Leone'],
      ['level2_id', bo],
      ['level2_name', 'Bo'],
      ['level3_id', null],
      ['level3_name', null],
      ['level4_id', null],
      ['level4_name', null],
    ])
    assert.deepEqual([second!['level1_name'], second!['level2_name']], ['Sierra Leone', null])
    assert.equal(orgUnits.rowCount, 2)
  })

  it('announces its columns: the id is the key, levels have their names', async (t) => {
    const { client } = await connected(t)
    const { orgUnits, dataItems, periods, disaggregations } = dimensionTables(client, about({ ou: [] }))
    const [headers] = await once(orgUnits, 'headers')
    assert.deepEqual(headers.slice(0, 2), [
      { name: 'id', column: 'Id', valueType: 'TEXT', hidden: false, meta: true },
      { name: 'code', column: 'Code', valueType: 'TEXT', hidden: false, meta: false },
    ])
    assert.deepEqual(
      headers.slice(-4).map(({ column }: { column: string }) => column),
      ['Chiefdom id', 'Chiefdom', 'Facility id', 'Facility'],
    )
    for (const [table, names, types] of [
      [dataItems, 'id,code,name,kind,value_type,aggregation_type', 'TEXT'],
      [periods, 'id,type,start,end', 'TEXT,DATE'],
      [disaggregations, 'id,code,name', 'TEXT'],
    ] as const) {
      assert.deepEqual(await table.toArray(), [])
      assert.equal(table.headers?.map(({ name }) => name).join(), names)
      assert.deepEqual(
        table.headers.filter(({ meta }) => meta).map(({ name }) => name),
        ['id'],
      )
      assert.equal([...new Set(table.headers.map(({ valueType }) => valueType))].join(), types)
    }
  })

  it('knows the kinds of data items', async (t) => {
    const { client, server } = await connected(t)
    const dx = {
      fbfJHSPpUQD: ['CODE_1', 'ANC 1st visit', 'DATA_ELEMENT', 'NUMBER', 'SUM'],
      'fbfJHSPpUQD.Prlt0C1RF0s': [null, 'ANC 1st visit Fixed, <1y', 'DATA_ELEMENT_OPERAND', 'NUMBER', 'SUM'],
      Uvn6LCg7dVU: [null, 'ANC 1 Coverage', 'INDICATOR', 'NUMBER', null],
      p2Zxg0wcPQ3: [null, 'BCG doses', 'PROGRAM_INDICATOR', 'NUMBER', 'SUM'],
      'BfMAe6Itzgt.REPORTING_RATE': [null, 'Child Health - Reporting rate', 'REPORTING_RATE', 'NUMBER', null],
      'IpHINAT79UW.s46m5MS0hxu': [null, 'Child BCG', 'PROGRAM_DATA_ELEMENT', 'NUMBER', 'SUM'],
      'IpHINAT79UW.s46m5MS0hxu.Yjjcq6EhHQT': [null, 'Yes', 'PROGRAM_DATA_ELEMENT_OPTION', 'NUMBER', 'SUM'],
      'IpHINAT79UW.cejWyOfXge6': [null, 'Child Gender', 'PROGRAM_ATTRIBUTE', 'TEXT', 'NONE'],
      'IpHINAT79UW.cejWyOfXge6.Yjjcq6EhHQT': [null, 'Girl', 'PROGRAM_ATTRIBUTE_OPTION', 'TEXT', 'NONE'],
    }
    const items = Object.fromEntries(Object.entries(dx).map(([id, [, name]]) => [id, { name: name! }]))
    const { dataItems } = dimensionTables(client, about({ dx: Object.keys(dx) }, items))
    assert.deepEqual(
      await dataItems.toArray(),
      Object.entries(dx).map(([id, cells]) => [id, ...cells]),
    )
    assert.deepEqual(
      asked(server).map((url) => url.replace(/\.json.*/, '')),
      ['dataElements', 'indicators', 'programIndicators', 'dataSets', 'trackedEntityAttributes'],
    )
  })

  it('takes what only the answer knows, its word for a kind first, and null where nobody knows', async (t) => {
    const { client } = await connected(t)
    const dimensions = {
      dx: ['exprItem001', 'fbfJHSPpUQD', 'NobodyKnows', 'a, "b"] & c'],
      ou: [bo, 'OnlyInItems', 'NobodyKnows'],
      co: ['Prlt0C1RF0s', 'OnlyInItems'],
      ao: ['HllvX50cXC0', 'Prlt0C1RF0s'],
      pe: ['2024', '2024Q1', 'THE_PAST'],
    }
    const items = {
      exprItem001: { name: 'A ratio', code: 'R', dimensionItemType: 'EXPRESSION_DIMENSION_ITEM' },
      fbfJHSPpUQD: { name: 'Another name', dimensionItemType: 'DATA_ELEMENT' },
      OnlyInItems: { name: 'Côte d\'Est, "upper"', code: 'x' },
    }
    const tables = dimensionTables(client, about(dimensions, items))
    assert.deepEqual(await tables.dataItems.toArray(), [
      ['exprItem001', 'R', 'A ratio', 'EXPRESSION_DIMENSION_ITEM', null, null],
      ['fbfJHSPpUQD', 'CODE_1', 'ANC 1st visit', 'DATA_ELEMENT', 'NUMBER', 'SUM'],
      ['NobodyKnows', null, null, null, null, null],
      ['a, "b"] & c', null, null, null, null, null],
    ])
    const units = await tables.orgUnits.toArray()
    assert.deepEqual(
      units.slice(1).map((row) => row.slice(0, 7)),
      [
        ['OnlyInItems', 'x', 'Côte d\'Est, "upper"', null, null, null, null],
        ['NobodyKnows', null, null, null, null, null, null],
      ],
    )
    assert.ok(units.every((row) => row.length === 14))
    assert.deepEqual(await tables.disaggregations.toArray(), [
      ['Prlt0C1RF0s', 'COC_358963', 'Fixed, <1y'],
      ['OnlyInItems', 'x', 'Côte d\'Est, "upper"'],
      ['HllvX50cXC0', 'default', 'default'],
    ])
    assert.deepEqual(await tables.periods.toArray(), [
      ['2024', 'Yearly', '2024-01-01', '2024-12-31'],
      ['2024Q1', 'Quarterly', '2024-01-01', '2024-03-31'],
      ['THE_PAST', null, null, null],
    ])
  })

  it('takes the names that old servers have, and ids one level up', async (t) => {
    const { client } = await connected(t)
    const metaData = { names: { OldElement1: 'Old' }, dx: ['OldElement1'] } as MetaData
    const { dataItems } = dimensionTables(client, { metaData })
    assert.deepEqual(await dataItems.toArray(), [['OldElement1', null, 'Old', null, null, null]])
  })

  it("takes the server's own days, and no others on another calendar", async (t) => {
    const { client, server } = await connected(t)
    const items = {
      '201601': {
        name: 'Meskerem',
        startDate: '2023-09-12T00:00:00.000',
        endDate: '2023-10-11T00:00:00.000',
      },
    }
    const answer = about({ pe: ['201601', '201602'] }, items)
    assert.deepEqual(await dimensionTables(client, answer, { calendar: 'ethiopian' }).periods.toArray(), [
      ['201601', 'Monthly', '2023-09-12', '2023-10-11'],
      ['201602', 'Monthly', null, null],
    ])
    assert.equal(server.requests.length, 0)
  })

  it('is that of a Grid, and of rows that were read', async (t) => {
    const { client } = await connected(t)
    const grid = await client.analytics.aggregate(question)
    const rows = client.analytics.rows(question)
    const read = dimensionTables(client, rows)
    await assert.rejects(dimensionTables(client, rows).periods.toArray(), {
      name: 'QueryError',
      message: 'dimensionTables: the metaData is not known yet; read the rows first',
    })
    const facts = await rows.toArray()
    const units = await read.orgUnits.toArray()
    assert.deepEqual(units, await dimensionTables(client, grid).orgUnits.toArray())
    assert.deepEqual(new Set(units.map(([id]) => id)), new Set(facts.map(([, , ou]) => ou)))
    assert.equal(units.length, 9)
    const [element] = await read.dataItems.toArray()
    assert.deepEqual(element, ['fbfJHSPpUQD', 'CODE_1', 'ANC 1st visit', 'DATA_ELEMENT', 'NUMBER', 'SUM'])
    assert.equal((await read.periods.toArray()).length, 12)
  })

  it('looks up many in requests that a server takes', async (t) => {
    const { client, server } = await connected(t, { rows: 200_000 })
    const grid = await client.analytics.aggregate(question)
    const units = await dimensionTables(client, grid).orgUnits.toArray()
    assert.equal(units.length, 1200)
    assert.ok(units.every(([, code, name]) => code && name))
    const lookups = server.requests.filter(({ path }) => path.includes('organisationUnits.json'))
    assert.equal(lookups.length, 4)
    assert.ok(lookups.every(({ url }) => url.length < 6500))
  })

  it('goes into other stages as rows do', async (t) => {
    const { client } = await connected(t)
    const answer = about({ ou: [bo], pe: ['202401'] }, {})
    const csv = dimensionTables(client, answer, { levels: 2 }).orgUnits.through(castCells(), toCsv())
    assert.match(
      (await buffer(csv)).toString(),
      /^id,code,name,level,parent,path,level1_id,level1_name,level2_id,level2_name\nO6uvpzGd5pu,OU_\d+,Bo,2,/,
    )
    const dated = dimensionTables(client, answer).periods.through(castCells({ dates: 'date' }))
    assert.deepEqual(await dated.toArray(), [
      ['202401', 'Monthly', new Date('2024-01-01'), new Date('2024-01-31')],
    ])
  })

  it('names an org unit that lies deeper than there are columns', async (t) => {
    const { client } = await connected(t)
    const answer = about({ ou: [country, bo] })
    await assert.rejects(dimensionTables(client, answer, { levels: 1 }).orgUnits.toArray(), (error) => {
      assert.ok(error instanceof RowError)
      assert.deepEqual([error.rowNumber, error.column], [2, 'path'])
      assert.match(
        error.message,
        /O6uvpzGd5pu lies at level 2, and there are columns for 1; ask with levels: 2$/,
      )
      return true
    })
  })
})

describe('the tables of all that a server has', () => {
  it('are whole', async (t) => {
    const { client, server } = await connected(t)
    const tables = dimensionTables(client, 'all')
    assert.deepEqual(Object.keys(tables), ['orgUnits', 'dataItems', 'disaggregations'])
    const units = await tables.orgUnits.toArray()
    assert.equal(new Set(units.map(([id]) => id)).size, 200)
    const items = await tables.dataItems.toArray()
    const count = (kind: string) => items.filter((row) => row[3] === kind).length
    assert.deepEqual(
      ['DATA_ELEMENT', 'INDICATOR', 'PROGRAM_INDICATOR', 'REPORTING_RATE'].map(count),
      [56, 4, 1, 5],
    )
    assert.deepEqual(items.at(-1), [
      'BfMAe6Itzgt.EXPECTED_REPORTS',
      null,
      'Child Health - Expected reports',
      'REPORTING_RATE',
      'NUMBER',
      null,
    ])
    assert.equal((await tables.disaggregations.toArray()).length, 5)
    assert.ok(asked(server).every((url) => url.includes('order=id:asc')))
  })

  it('come in pages, each behind the last id of the one before', async (t) => {
    const { client, server } = await withElements(t, elements(2500))
    const rows = await dimensionTables(client, 'all').dataItems.toArray()
    assert.equal(new Set(rows.map(([id]) => id)).size, 2500)
    const [first, second, third, next] = asked(server)
    assert.match(first!, /^dataElements\.json\?fields=/)
    assert.match(second!, new RegExp(`^dataElements\\.json\\?filter=id:gt:${rows[999]![0]}&`))
    assert.match(third!, new RegExp(`^dataElements\\.json\\?filter=id:gt:${rows[1999]![0]}&`))
    assert.match(next!, /^indicators/)
  })

  it('ask for no page before the one in front is read', async (t) => {
    const { client, server } = await withElements(t, elements(2500))
    const { dataItems } = dimensionTables(client, 'all')
    assert.equal(server.requests.length, 0)
    let count = 0
    for await (const row of dataItems) {
      assert.ok(row)
      count += 1
      if (count === 900) assert.equal(server.requests.length, 1)
      if (count === 1000) break
    }
    assert.ok(server.requests.length <= 2)
    assert.ok(dataItems.destroyed)
  })

  it('hold what comes and goes between two pages, and move nothing by it', async (t) => {
    const table = elements(2500)
    const { client } = await withElements(t, table)
    const ids: unknown[] = []
    for await (const [id] of dimensionTables(client, 'all').dataItems) {
      ids.push(id)
      if (ids.length !== 1) continue
      const gone = table.findIndex((each) => each.id === idOf(2499))
      table.splice(gone, 1)
      table.splice(
        table.findIndex((each) => each.id === id),
        1,
      )
      table.push({ id: 'zzzzzzzzzzz', name: 'new', valueType: 'TEXT', aggregationType: 'NONE' })
    }
    const expected = [...elements(2499).map(({ id }) => id), 'zzzzzzzzzzz']
    assert.deepEqual(ids.map(String).sort(), expected.sort())
  })

  it('go on through fewer than there were, where they have gone', async (t) => {
    const table = elements(1500)
    const { client } = await withElements(t, table)
    let count = 0
    for await (const row of dimensionTables(client, 'all').dataItems) {
      assert.ok(row)
      if (++count === 1) table.splice(0, table.length, ...table.filter(({ id }) => id.startsWith('a')))
    }
    assert.equal(count, 1000)
  })

  it('are empty where there is nothing', async (t) => {
    const { client } = await connected(t, { metadata: { organisationUnits: [], organisationUnitLevels: [] } })
    const { orgUnits } = dimensionTables(client, 'all')
    assert.deepEqual(await orgUnits.toArray(), [])
    assert.equal(orgUnits.headers?.length, 6)
  })

  it('are read to the end of a server that counts nothing', async (t) => {
    const { client, server } = await connected(t)
    const page = (...ids: string[]) => ({
      body: JSON.stringify({ categoryOptionCombos: ids.map((id) => ({ id, name: id })) }),
    })
    server.misbehave(page('a', 'b'), page('c'), page())
    const rows = await dimensionTables(client, 'all').disaggregations.toArray()
    assert.deepEqual(
      rows.map(([id]) => id),
      ['a', 'b', 'c'],
    )
  })
})

describe('a list that can not be right', () => {
  const page = (total: number, ...ids: string[]) => ({
    body: JSON.stringify({ pager: { page: 1, total }, categoryOptionCombos: ids.map((id) => ({ id })) }),
  })
  const cases: Record<string, [pages: { body: string }[], message: RegExp]> = {
    'repeats a page, as one that ignores the filter would': [
      [page(4, 'a', 'b'), page(4, 'a', 'b')],
      /sends a twice/,
    ],
    'has an id twice in a page': [[page(2, 'a', 'a')], /sends a twice/],
    'sends nothing of what it counts': [[page(3, 'a'), page(2)], /says 2 more and sends none/],
    'passes some over, as another order than that of the filter would': [
      [page(4, 'a', 'b'), page(1, 'd'), page(4, 'a')],
      /counted 4 and then 4, and sent 3/,
    ],
    'is none': [[{ body: '{"pager":{"total":0}}' }], /no list of categoryOptionCombos/],
    'holds what is no object with an id': [
      [{ body: '{"categoryOptionCombos":[{"name":"x"}]}' }],
      /no list of/,
    ],
    'ends in the middle, as HTTP does not tell': [
      [{ body: '{"categoryOptionCombos":[{"id":"a"},' }],
      /no list of/,
    ],
  }
  for (const [what, [pages, message]] of Object.entries(cases)) {
    it(`fails where it ${what}`, async (t) => {
      const { client, server } = await connected(t)
      server.misbehave(...pages)
      await assert.rejects(dimensionTables(client, 'all').disaggregations.toArray(), (error) => {
        assert.ok(error instanceof UnexpectedContentError)
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('fails where it tells of what was not asked for', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave(page(1, 'Prlt0C1RF0s', 'HllvX50cXC0'))
    const answer = about({ dx: [], co: ['Prlt0C1RF0s'] })
    await assert.rejects(dimensionTables(client, answer).disaggregations.toArray(), {
      name: 'UnexpectedContentError',
      message: /HllvX50cXC0, which was not asked for/,
    })
  })
})

describe('a table on the wire', () => {
  it('asks again for a page that breaks off, and hands no row on twice', async (t) => {
    const { client, server } = await withElements(t, elements(1500))
    server.misbehave(
      { truncateAfter: 300 },
      { when: ({ url }) => url.includes('id:gt'), truncateChunked: 5000 },
    )
    const rows = await dimensionTables(client, 'all').dataItems.toArray()
    assert.equal(new Set(rows.map(([id]) => id)).size, 1500)
    assert.equal(rows.length, 1500)
  })

  it('fails where it always breaks off, with what it had handed on', async (t) => {
    const { client, server } = await withElements(t, elements(1500))
    const times = Number.POSITIVE_INFINITY
    server.misbehave({ when: ({ url }) => url.includes('id:gt'), truncateAfter: 5000, times })
    const { dataItems } = dimensionTables(client, 'all')
    await assert.rejects(dataItems.toArray(), (error) => {
      assert.ok(error instanceof TruncatedResponseError)
      assert.match(error.request!.url, /dataElements\.json/)
      return true
    })
    assert.equal(dataItems.rowCount, 1000)
  })

  it('fails as the server does', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave({ status: 403 })
    await assert.rejects(dimensionTables(client, 'all').orgUnits.toArray(), { httpStatus: 403 })
  })

  it('comes a byte at a time', async (t) => {
    const { client, server } = await connected(t)
    const table = { categoryOptionCombos: [{ id: 'Prlt0C1RF0s', name: 'Fixé, "<1y" 🎈' }] }
    server.serve('/api/categoryOptionCombos.json', {
      byteLength: Buffer.byteLength(JSON.stringify(table)),
      *[Symbol.iterator]() {
        for (const byte of Buffer.from(JSON.stringify(table))) yield Buffer.of(byte)
      },
    })
    const answer = about({ dx: [], co: ['Prlt0C1RF0s'] })
    assert.deepEqual(await dimensionTables(client, answer).disaggregations.toArray(), [
      ['Prlt0C1RF0s', null, 'Fixé, "<1y" 🎈'],
    ])
  })

  it('is aborted before and in the middle of a request', async (t) => {
    const { client, server } = await connected(t)
    const answer = about({ ou: [bo] })
    await assert.rejects(
      dimensionTables(client, answer, { signal: AbortSignal.abort() }).orgUnits.toArray(),
      {
        name: 'AbortError',
      },
    )
    assert.equal(server.requests.length, 0)
    const abort = new AbortController()
    server.misbehave({ stallAfter: 20 })
    const { orgUnits } = dimensionTables(client, answer, { signal: abort.signal })
    const reading = assert.rejects(orgUnits.toArray(), { name: 'AbortError' })
    await eventually(() => server.requests[0]?.bytesSent === 20, 'the body begins')
    abort.abort()
    await reading
    await hangUp(server)
  })

  it('says nothing of an abort where nobody asked for a table', async (t) => {
    const { client } = await connected(t)
    const abort = new AbortController()
    const tables = dimensionTables(client, about({ pe: ['2024'] }), { signal: abort.signal })
    assert.equal((await tables.periods.toArray()).length, 1)
    abort.abort()
    await new Promise(setImmediate)
  })

  it('hangs up where it is destroyed', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave({ stallAfter: 20 })
    const { orgUnits } = dimensionTables(client, 'all')
    orgUnits.read()
    await eventually(() => server.requests[0]?.bytesSent === 20, 'the body begins')
    orgUnits.destroy()
    await hangUp(server)
    assert.equal(server.requests.length, 1)
  })

  it('ends with the client', async (t) => {
    const { client, server } = await connected(t)
    server.misbehave({ stallAfter: 20 })
    const { orgUnits } = dimensionTables(client, 'all')
    const reading = assert.rejects(orgUnits.toArray(), ClientClosedError)
    await eventually(() => server.requests[0]?.bytesSent === 20, 'the body begins')
    await client.close()
    await reading
    await assert.rejects(dimensionTables(client, 'all').orgUnits.toArray(), ClientClosedError)
  })
})

describe('dimensionTables', () => {
  it('refuses what can not be right, before anything is sent', async (t) => {
    const { client, server } = await connected(t)
    const answer = about({ ou: [bo] })
    const wrong: [call: () => unknown, message: RegExp][] = [
      [() => dimensionTables({} as never, answer), /first argument must be a Dhis2Client/],
      [() => dimensionTables(undefined as never, answer), /first argument must be a Dhis2Client/],
      [() => dimensionTables(client, undefined as never), /a Grid, rows, an object with metaData, or 'all'/],
      [() => dimensionTables(client, 'some' as never), /second argument/],
      [() => dimensionTables(client, { metaData: 7 } as never), /second argument/],
      [() => dimensionTables(client, answer, { levels: 0 }), /levels: must be a whole number from 1 to 100/],
      [() => dimensionTables(client, answer, { calendar: 'mayan' }), /calendar: must be one of iso8601/],
      [() => dimensionTables(client, answer, { level: 3 } as never), /unknown level/],
    ]
    for (const [call, message] of wrong) {
      assert.throws(call, (error) => error instanceof QueryError && message.test(error.message))
    }
    for (const metaData of [{}, { items: {} }]) {
      await assert.rejects(
        dimensionTables(client, { metaData }).periods.toArray(),
        (error: Dhis2ClientError) => /ask without skipMeta, or take 'all'/.test(error.message),
      )
    }
    await assert.rejects(dimensionTables(client, rowsFrom(['ou'], [])).periods.toArray(), QueryError)
    assert.equal(server.requests.length, 0)
  })

  it('makes each table once', async (t) => {
    const { client } = await connected(t)
    const tables = dimensionTables(client, about({ pe: ['2024'] }))
    await tables.periods.toArray()
    assert.equal(tables.periods.rowCount, 1)
    await assert.rejects(async () => {
      for await (const row of tables.periods) assert.fail(`${row}`)
    }, /read to its end before/)
  })
})
