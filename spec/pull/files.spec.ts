import assert from 'node:assert/strict'
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  csvFiles,
  Dhis2Client,
  ndjsonFiles,
  type PieceStore,
  type PullReport,
  parquetFiles,
  personalAccessToken,
  toCsv,
} from '../../lib/index.ts'
import { type Country, countryOf, demoToken, type StandIn, startDhis2 } from '../../lib/testing/index.ts'
import { askDuckDb } from '../support/read-parquet.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { eventsOf, quick, reportOf } from './toy.ts'

describe('a country', () => {
  let country: Country
  let server: StandIn
  let client: Dhis2Client
  let query: { dx: string[]; pe: string[]; ou: string[] }
  let whole: string[]

  before(async () => {
    country = countryOf({ seed: 3, orgUnits: 60, levels: 4 })
    server = await startDhis2({ country })
    client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
    const summed = country.dataElements.filter(
      ({ aggregationType, valueType }) =>
        ['SUM', 'LAST', 'MAX'].includes(aggregationType) && valueType === 'NUMBER',
    )
    query = {
      dx: [...summed.slice(0, 5).map(({ id }) => id), ...country.indicators.slice(0, 3).map(({ id }) => id)],
      pe: ['LAST_12_MONTHS', '2024Q1'],
      ou: ['LEVEL-4', 'LEVEL-2'],
    }
    const { rows } = await client.analytics.aggregate(query)
    whole = rows.map((row) => row.join(',')).sort()
    assert.ok(whole.length > 1000, `${whole.length} rows`)
  })

  after(async () => {
    await client.close()
    await server.close()
  })

  async function pulled(into: PieceStore, pieceCells = 300): Promise<PullReport> {
    const pull = await client.analytics.plan(query, { pieceCells })
    return reportOf(await eventsOf(pull.run({ into, pace: quick })))
  }

  it('is pulled into CSV files that have the rows of the whole', async (t) => {
    const into = await emptyDirectory(t)
    const report = await pulled(csvFiles(`${into}/`))
    assert.equal(report.rowCount, whole.length)
    const files = (await readdir(into)).filter((name) => name.endsWith('.csv'))
    const texts = await Promise.all(files.map((name) => readFile(join(into, name), 'utf8')))
    assert.deepEqual(texts.flatMap((text) => text.trimEnd().split('\n').slice(1)).sort(), whole)
    const manifest = JSON.parse(await readFile(join(into, '_manifest.json'), 'utf8'))
    assert.equal(manifest.periods.length, 13)
    assert.equal(manifest.isComplete, true)
    assert.ok(Date.parse(manifest.asOf.from) <= Date.parse(manifest.asOf.to))
    const requests = server.requests.length
    const again = await pulled(csvFiles(into), 500)
    assert.equal(again.requestCount, 0)
    assert.equal(again.rowCount, whole.length)
    assert.ok(
      server.requests
        .slice(requests)
        .every(({ url }) => !url.includes('api/analytics.json') || url.includes('skipData')),
    )
  })

  it('is pulled into Parquet files that DuckDB reads as one', async (t) => {
    const into = await emptyDirectory(t)
    await pulled(parquetFiles(into))
    const rows = await askDuckDb(`SELECT dx, pe, ou, value FROM '${into}/*.parquet'`)
    const numbers = (lines: readonly unknown[][]) =>
      lines.map(([dx, pe, ou, value]) => `${dx},${pe},${ou},${Number(value)}`).sort()
    assert.deepEqual(
      numbers(rows.map(({ dx, pe, ou, value }) => [dx, pe, ou, value])),
      numbers(whole.map((line) => line.split(','))),
    )
    const columns = await askDuckDb(
      `SELECT DISTINCT name, type FROM parquet_schema('${into}/*.parquet') WHERE name IN ('dx', 'pe', 'ou', 'value')`,
    )
    assert.equal(columns.length, 4)
    await assert.rejects(pulled(parquetFiles(`${into}-2`, { compression: 'rar' as 'gzip' })), {
      name: 'QueryError',
    })
  })

  it('is pulled into NDJSON files', async (t) => {
    const into = await emptyDirectory(t)
    await pulled(ndjsonFiles(into))
    const [{ rows } = {}] = await askDuckDb(`SELECT count(*)::int AS rows FROM '${into}/*.ndjson'`)
    assert.equal(rows, whole.length)
  })

  it('without a row gives one file, of its columns', async (t) => {
    const none = { ...query, dx: query.dx.slice(0, 1), pe: ['2019'] }
    for (const [into, sql] of [
      [parquetFiles, 'parquet'],
      [csvFiles, 'csv'],
    ] as const) {
      const folder = await emptyDirectory(t)
      const pull = await client.analytics.plan(none)
      const report = reportOf(await eventsOf(pull.run({ into: into(folder) })))
      assert.deepEqual(report.withoutRows, none.dx)
      const found = await askDuckDb(`SELECT * FROM '${folder}/*.${sql}'`)
      assert.deepEqual(found, [])
      assert.equal(JSON.parse(await readFile(join(folder, '_manifest.json'), 'utf8')).files.length, 0)
    }
  })

  it('is not taken to be there where its files are gone, or are of another kind', async (t) => {
    const into = await emptyDirectory(t)
    await pulled(csvFiles(into))
    const before = (await readdir(into)).sort()
    await assert.rejects(pulled(ndjsonFiles(into)), {
      name: 'DatasetError',
      message: /piece-\d+\S*\.ndjson is not there, and this dataset had put \d+ rows into piece /,
    })
    assert.deepEqual((await readdir(into)).sort(), before)
    const [first] = before.filter((name) => name.startsWith('piece-'))
    await unlink(join(into, first!))
    await assert.rejects(pulled(csvFiles(into)), (error: Error) => error.message.includes(first!))
  })

  it('leaves files of a pull alone whose journal is gone', async (t) => {
    const into = await emptyDirectory(t)
    await pulled(csvFiles(into))
    await unlink(join(into, '_pull.journal'))
    const before = (await readdir(into)).sort()
    for (const _ of [1, 2]) {
      await assert.rejects(pulled(csvFiles(into)), {
        name: 'DatasetError',
        message: /piece-\d+\S*\.csv is of another pull, whose journal is not there; name another folder/,
      })
    }
    assert.deepEqual((await readdir(into)).sort(), before)
  })

  it('streams in pieces, as rows, a grid or a table', async () => {
    const rows = client.analytics.rows({ ...query, split: true })
    const lines: string[] = []
    for await (const row of rows) lines.push(row.join(','))
    assert.deepEqual(lines.sort(), whole)
    assert.deepEqual(
      rows.headers?.map(({ name }) => name),
      ['dx', 'pe', 'ou', 'value'],
    )
    for (const id of query.dx) assert.ok(rows.metaData?.items?.[id]?.name)
    const grid = await client.analytics.aggregate({ ...query, split: true })
    assert.equal(grid.height, whole.length)
    const table = await client.analytics.table({ ...query, split: true })
    assert.equal(table.length, whole.length)
    const csv = await client.analytics
      .rows({ ...query, split: true })
      .through(toCsv())
      .toArray()
    assert.equal(Buffer.concat(csv).toString().trimEnd().split('\n').length, whole.length + 1)
  })

  it('does not stream in pieces where bytes are wanted, or split is no boolean', () => {
    assert.throws(() => client.analytics.stream({ ...query, split: true }), /split is for rows/)
    assert.throws(
      () => client.analytics.rows({ ...query, split: 'yes' as never }),
      /split: must be true or false/,
    )
  })

  it('ends its pieces where their reader leaves, is aborted, or one of them fails for good', async () => {
    for await (const _ of client.analytics.rows({ ...query, split: true })) break
    const abort = new AbortController()
    const aborted = client.analytics.rows({ ...query, split: true }, { signal: abort.signal })
    aborted.once('headers', () => abort.abort())
    await assert.rejects(aborted.toArray(), { name: 'AbortError' })
    server.misbehave({
      status: 409,
      body: '{"errorCode":"E7145","message":"no"}',
      times: Number.POSITIVE_INFINITY,
      when: ({ url }) => url.includes('202503') && url.includes('dx:') && !url.includes('skipData'),
    })
    await assert.rejects(client.analytics.rows({ ...query, split: true }).toArray(), { errorCode: 'E7145' })
  })
})
