import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { QueryError } from '../../lib/index.ts'
import { connected } from '../support/connected.ts'
import { emptyDirectory } from '../support/run-script.ts'

const program = 'IpHINAT79UW'
const events = `/api/analytics/events/query/${program}`

describe('streamTo, to a file whose name is that of another format', () => {
  const cases: [name: string, endpoint: string | undefined, says: RegExp][] = [
    ['x.csv', undefined, /x\.csv would hold json; take endpoint '\/api\/analytics\.csv', or name it x\.json/],
    ['x.CSV', '/api/analytics', /take endpoint '\/api\/analytics\.csv', or name it x\.json/],
    [
      'x.json',
      '/api/analytics.csv',
      /x\.json would hold csv; take endpoint '\/api\/analytics\.json', or name it x\.csv/,
    ],
    ['x.xls', '/api/analytics.xlsx', /take endpoint '\/api\/analytics\.xls', or name it x\.xlsx/],
    ['x.xlsx', '/api/41/analytics.xls', /take endpoint '\/api\/41\/analytics\.xlsx', or name it x\.xls/],
    ['x.htm', '/api/analytics.xml', /take endpoint '\/api\/analytics\.html', or name it x\.xml/],
    ['x.xml', '/api/analytics.html+css', /would hold html\+css; .*or name it x\.html/],
    ['a.json.csv', `${events}.json`, /query\/IpHINAT79UW\.csv', or name it a\.json\.json/],
    ['x.xml', '/api/analytics/rawData.csv', /would hold csv; rawData has no xml: name it x\.csv/],
    ['x.pdf', undefined, /would hold json; analytics has no pdf: name it x\.json/],
    ['x.csv', '/api/orgUnitAnalytics.pdf', /take endpoint '\/api\/orgUnitAnalytics\.csv', or name it x\.pdf/],
    [
      'x.ndjson',
      undefined,
      /analytics has no ndjson: name it x\.json, or write it with rows\(\) and toNdjson\(\)/,
    ],
    [
      'x.jsonl',
      '/api/analytics.csv',
      /no ndjson: name it x\.csv, or write it with rows\(\) and toNdjson\(\)/,
    ],
    ['x.tsv', '/api/analytics.csv', /no tsv: name it x\.csv, or write it with rows\(\) and toCsv\(\)/],
    ['x.json.gz', undefined, /x\.json\.gz would hold json; .*name it x\.json, or compress it in a pipeline/],
    ['x.zip', '/api/analytics.csv', /would hold csv/],
    ['x.parquet', undefined, /no parquet: name it x\.json/],
    [
      'x.csv',
      '/api/organisationUnits.json',
      /take endpoint '\/api\/organisationUnits\.csv', or name it x\.json/,
    ],
    ['x.csv', '/api/dataValueSets.csv.gz', /would hold gz/],
  ]
  for (const [name, endpoint, says] of cases) {
    it(`refuses ${name} of ${endpoint ?? 'the usual endpoint'}, and says which of the two to change`, async (t) => {
      const { server, client } = await connected(t)
      const directory = await emptyDirectory(t)
      const path = join(directory, 'made', name)
      for (const to of [path, pathToFileURL(path), pathToFileURL(path).href]) {
        await assert.rejects(client.analytics.streamTo(to, { endpoint }), (error) => {
          assert.ok(error instanceof QueryError, `${error}`)
          assert.match(error.message, says)
          return true
        })
      }
      assert.equal(server.requests.length, 0)
      assert.deepEqual(await readdir(directory), [])
    })
  }

  it('refuses it of a question that knows its endpoint', async (t) => {
    const { server, client } = await connected(t)
    const path = join(await emptyDirectory(t), 'x.csv')
    const [dx, pe, ou] = ['fbfJHSPpUQD', '202401', 'ImspTQPwCqd']
    for (const asked of [
      client.analytics.events.query(program, { pe, ou }),
      client.analytics.rawData({ dx, pe, ou }),
      client.analytics.dataValueSet({ dx, pe, ou, format: 'xml' }),
    ]) {
      await assert.rejects(asked.streamTo(path), {
        code: 'ERR_QUERY',
        message: /x\.csv would hold (json|xml)/,
      })
    }
    assert.equal(server.requests.length, 0)
  })
})

describe('streamTo, to a file whose name says nothing else', () => {
  for (const [name, endpoint] of [
    ['x', '/api/analytics.csv'],
    ['x.dat', '/api/analytics.csv'],
    ['x.tmp', '/api/analytics.json'],
    ['x.csv.part', '/api/analytics.json'],
    ['x.CSV', '/api/analytics.csv'],
    ['.csv', '/api/analytics.json'],
    ['csv', '/api/analytics.json'],
    ['x.html', '/api/analytics.html+css'],
    ['x.htm', '/api/analytics.html'],
    ['x.2024', '/api/analytics.csv'],
    ['x.constructor', '/api/analytics.csv'],
    ['x.json', '/api/analytics'],
  ] as const) {
    it(`writes ${name} of ${endpoint}`, async (t) => {
      const { server, client } = await connected(t)
      const body = endpoint.includes('html') ? '<table></table>' : '{"headers":[],"rows":[],"metaData":{}}'
      server.serve(endpoint, Buffer.from(endpoint.endsWith('csv') ? 'Data,Value\na,1\n' : body))
      const path = join(await emptyDirectory(t), name)
      const bytes = await client.analytics.streamTo(path, { endpoint })
      assert.equal((await readFile(path)).length, bytes)
    })
  }
})
