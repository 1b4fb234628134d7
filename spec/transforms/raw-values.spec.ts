import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { GridFormatError, toCsv } from '../../lib/index.ts'
import { connected } from '../support/connected.ts'

const endpoint = '/api/dataValueSets.json'
const params = { dataSet: 'a', orgUnit: 'b', lastUpdated: '2026-01-01', includeDeleted: true }
const own = (i: number, more: object = {}) => ({
  dataElement: `element${i}`,
  categoryOptionCombo: 'coc',
  value: `${i}`,
  ...more,
})
const shared = { period: '202401', orgUnit: 'ImspTQPwCqd', attributeOptionCombo: 'aoc' }

describe('dataValues() of /api/dataValueSets', () => {
  const values = [
    own(1),
    own(2, { period: '202402' }),
    { dataElement: 'element3', deleted: true },
    own(4, { comment: 'why', value: undefined }),
  ]
  const whole = JSON.parse(JSON.stringify(values.map((value) => ({ ...shared, ...value })))) as object[]
  const bodies: Record<string, object> = {
    'above them': { ...shared, dataValues: values },
    'below them': { dataValues: values, ...shared },
    'around them': {
      period: shared.period,
      dataValues: values,
      attributeOptionCombo: 'aoc',
      orgUnit: shared.orgUnit,
    },
  }
  for (const [where, body] of Object.entries(bodies)) {
    it(`gives each value what all share, said ${where}`, async (t) => {
      const { client, server } = await connected(t)
      server.serve(endpoint, JSON.stringify(body))
      assert.deepEqual(await client.analytics.dataValues({ endpoint, params }).toArray(), whole)
    })
  }

  it('has a column for what is deleted', async (t) => {
    const { client, server } = await connected(t)
    server.serve(endpoint, JSON.stringify(bodies['above them']))
    const csv = await text(client.analytics.dataValues({ endpoint, params }).pipe(toCsv()))
    assert.match(csv, /,followup,deleted\n/)
    assert.match(csv, /^element3,202401,ImspTQPwCqd,,aoc,,,,,,,1$/m)
  })

  it('may be empty, on old servers without a list', async (t) => {
    for (const body of ['{"dataValues":[]}', '{}', '{"dataSet":"a","period":"202401"}']) {
      const { client, server } = await connected(t)
      server.serve(endpoint, body)
      assert.deepEqual(await client.analytics.dataValues({ endpoint, params }).toArray(), [])
    }
  })

  const wrong: [title: string, body: object, message: RegExp][] = [
    [
      'a value that is neither there nor deleted',
      { ...shared, dataValues: [{ dataElement: 'a' }] },
      /has no value, and is not deleted/,
    ],
    ['a value of no period', { orgUnit: 'a', dataValues: [own(1)] }, /has no period/],
    ['a value that is a number', { ...shared, dataValues: [own(1, { value: 5 })] }, /no value that is text/],
  ]
  for (const [title, body, message] of wrong) {
    it(`fails: ${title}`, async (t) => {
      const { client, server } = await connected(t)
      server.serve(endpoint, JSON.stringify(body))
      await assert.rejects(
        client.analytics.dataValues({ endpoint, params }).toArray(),
        (error: Error) => error instanceof GridFormatError && message.test(error.message),
      )
    })
  }
})

describe('an SQL view', () => {
  const grid = {
    metaData: {},
    headers: [{ name: 'a' }],
    rows: [['1'], ['2']],
    height: 2,
    width: 1,
    headerWidth: 1,
  }
  for (const [title, body] of [
    ['bare', grid],
    ['bare, in another order', Object.fromEntries(Object.entries(grid).reverse())],
    ['under listGrid', { listGrid: grid }],
    ['under listGrid, behind a pager', { pager: { page: 1, total: 2 }, listGrid: grid }],
  ] as const) {
    it(`is read ${title}, a byte at a time too`, async (t) => {
      const { client, server } = await connected(t)
      server.serve('/api/sqlViews/dI68mLkP1wN/data.json', JSON.stringify(body))
      assert.deepEqual(await client.sqlViews.rows('dI68mLkP1wN').toArray(), grid.rows)
      server.misbehave({
        body: ` ${JSON.stringify(body)}`,
        bytesPerSecond: 3000,
        when: ({ path }) => path.includes('sqlViews'),
      })
      assert.deepEqual(await client.sqlViews.rows('dI68mLkP1wN').toArray(), grid.rows)
    })
  }

  it('takes variables of any script', async (t) => {
    const { client, server } = await connected(t)
    await client.sqlViews.rows('dI68mLkP1wN', { variables: { name: 'Kédougou བཀྲ' } }).toArray()
    assert.equal(server.requests[0]?.query.get('var'), 'name:Kédougou བཀྲ')
  })
})
