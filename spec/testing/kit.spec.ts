import assert from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import {
  castCells,
  Dhis2Client,
  type Grid,
  labelCells,
  parseRows,
  personalAccessToken,
  toCsv,
  toObjects,
} from 'dhis2-analytics-stream'
import { demoToken, rowsFrom, type StandInOptions, startDhis2 } from 'dhis2-analytics-stream/testing'

async function clientOf(t: TestContext, options?: StandInOptions) {
  const server = await startDhis2(options)
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken), retry: false })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  return { client, server }
}

describe('the stand-in server', () => {
  it('answers as it is asked: a row for each combination, the same for the same question', async (t) => {
    const { client } = await clientOf(t)
    const question = { dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU'], pe: ['202401', '2024Q1'], ou: 'LEVEL-1' }
    const grid = await client.analytics.aggregate(question)
    assert.deepEqual(
      grid.headers.map(({ name }) => name),
      ['dx', 'pe', 'ou', 'value'],
    )
    assert.equal(grid.height, 4)
    assert.deepEqual(new Set(grid.rows.map(([dx]) => dx)), new Set(question.dx))
    assert.deepEqual(new Set(grid.rows.map(([, pe]) => pe)), new Set(question.pe))
    assert.deepEqual(await client.analytics.aggregate(question), grid)
    const other = await client.analytics.aggregate({ ...question, dx: 'cYeuwXTCPkU', pe: '202402' })
    assert.equal(other.height, 1)
    assert.notEqual(other.rows[0]![3], grid.rows[0]![3])
  })

  it('knows relative periods and levels, and names org units', async (t) => {
    const { client } = await clientOf(t)
    const rows = client.analytics.rows({ dx: 'fbfJHSPpUQD', pe: 'LAST_3_MONTHS', ou: 'LEVEL-2' })
    const [first] = await rows.through(labelCells({ mode: 'add' })).toArray()
    assert.match(String(first![2]), /^20\d{4}$/)
    assert.notEqual(first![5], first![4])
  })

  it('has in its cells what it is told to', async (t) => {
    const valueFor = ({ dx, pe }: Readonly<Record<string, string>>) =>
      dx === 'none' ? undefined : Number(pe)
    const { client } = await clientOf(t, { valueFor })
    const { rows } = await client.analytics.aggregate({
      dx: ['some', 'none'],
      pe: ['2023', '2024'],
      ou: 'LEVEL-1',
    })
    assert.deepEqual(
      rows.map(([dx, pe, , value]) => [dx, pe, value]),
      [
        ['some', '2023', '2023.0'],
        ['some', '2024', '2024.0'],
      ],
    )
  })

  it('answers in CSV too, and makes up rows by the number where it is told to', async (t) => {
    const { client } = await clientOf(t)
    const csv = client.analytics.stream({
      endpoint: '/api/analytics.csv',
      dx: 'a',
      pe: ['2023', '2024'],
      ou: 'LEVEL-1',
    })
    assert.equal((await text(csv)).trimEnd().split('\n').length, 3)
    const many = await clientOf(t, { rows: 500 })
    assert.equal((await many.client.analytics.aggregate({ dx: 'a', pe: '2024', ou: 'LEVEL-1' })).height, 500)
  })

  it('misbehaves as it is told to', async (t) => {
    const { client, server } = await clientOf(t)
    server.misbehave({ status: 503 })
    await assert.rejects(client.system.info(), { name: 'Dhis2ApiError', httpStatus: 503 })
    assert.ok((await client.system.info()).version)
  })
})

describe('rowsFrom', () => {
  const headers = ['dx', { name: 'value', valueType: 'NUMBER' } as const]
  const rows = [
    ['a', '1'],
    ['b', ''],
  ]

  it('makes a row stream of names or headers, and rows', async () => {
    const made = rowsFrom(headers, rows, { items: { a: { name: 'ANC' } } })
    const out = await made.through(castCells(), labelCells(), toObjects()).toArray()
    assert.deepEqual(out, [
      { dx: 'ANC', value: 1 },
      { dx: 'b', value: null },
    ])
    assert.equal(made.rowCount, 2)
  })

  it('has its headers where there are no rows, and tells them once', async () => {
    const made = rowsFrom(headers, [])
    const heard = once(made, 'headers')
    assert.equal(await pipeline(made, toCsv(), text), 'dx,value\n')
    assert.deepEqual((await heard)[0], made.headers)
  })

  it('makes a Grid a row stream again', async () => {
    const grid: Grid = {
      headers: [{ name: 'dx' }, { name: 'value' }],
      metaData: { items: {} },
      rows,
      height: 2,
      width: 2,
      headerWidth: 2,
    }
    const made = rowsFrom(grid)
    assert.equal(await text(made.through(toCsv())), 'dx,value\na,1\nb,\n')
    assert.equal(made.metaData, grid.metaData)
    const parsed = await text(pipelineOf(grid))
    assert.equal(parsed, 'dx,value\na,1\nb,\n')
  })

  it('takes rows that come in time, and ends their source where it is left', async () => {
    let ended = false
    async function* slow() {
      try {
        for (let i = 0; ; i++) yield await Promise.resolve(['a', i])
      } finally {
        ended = true
      }
    }
    let count = 0
    for await (const _ of rowsFrom(headers, slow())) if (++count === 40) break
    await new Promise(setImmediate)
    assert.ok(ended)
  })

  it('fails with the error of its source', async () => {
    const mine = new Error('mine')
    const failing = (function* () {
      yield ['a', 1]
      throw mine
    })()
    await assert.rejects(rowsFrom(headers, failing).through(toObjects()).toArray(), mine)
  })

  it('refuses what is neither', () => {
    for (const wrong of [undefined, null, {}, [], 'dx', { rows: [] }]) {
      assert.throws(() => rowsFrom(wrong as never), {
        name: 'QueryError',
        message: /^rowsFrom: takes a Grid/,
      })
    }
  })
})

function pipelineOf(grid: Grid) {
  const parser = parseRows()
  parser.end(JSON.stringify(grid))
  return parser.through(toCsv())
}
