import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AuthenticationError,
  Dhis2ApiError,
  Dhis2ClientError,
  GridFormatError,
  TruncatedResponseError,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { generated, grids, inOrder, permutations } from '../support/grids.ts'

describe('aggregate', () => {
  it('resolves to the grid that the server has', async (t) => {
    const { client } = await connected(t, { rows: 2500 })
    assert.deepEqual(
      await client.analytics.aggregate(question),
      JSON.parse(generated({ rows: 2500 }).toString()),
    )
  })

  it('resolves to every shape of grid in any order of keys, with all the fields that came', async (t) => {
    const { server, client } = await connected(t)
    for (const grid of Object.values(grids)) {
      for (const order of permutations(['headers', 'metaData', 'rows'])) {
        server.serve('/api/analytics.json', JSON.stringify(inOrder(grid, order)))
        const { headers, rows } = grid
        assert.deepEqual(await client.analytics.aggregate(question), {
          metaData: {},
          width: rows[0]?.length ?? 0,
          height: rows.length,
          headerWidth: headers.length,
          ...grid,
        })
      }
    }
  })

  it('keeps value types and header fields that nobody knows yet', async (t) => {
    const { server, client } = await connected(t)
    const headers = [{ name: 'a', valueType: 'HOLOGRAM', legendSet: 'x', future: { deep: [1] } }]
    server.serve('/api/analytics.json', JSON.stringify({ headers, rows: [['1']] }))
    assert.deepEqual((await client.analytics.aggregate(question)).headers, headers)
  })

  const strangers: [string, string, new (...args: never[]) => Error][] = [
    ['an HTML page', '<!DOCTYPE html><html><title>Gateway</title></html>', UnexpectedContentError],
    ['a login page', '<html><form action="/login/"><input type="password"></html>', AuthenticationError],
    ['CSV', 'Data,Period,Value\nANC,2024,12\n', UnexpectedContentError],
    ['a JSON array', '[{"headers":[],"rows":[]}]', UnexpectedContentError],
    ['a JSON string', '"rows"', UnexpectedContentError],
    ['nothing', '', UnexpectedContentError],
    ['another object', '{"events":[]}', UnexpectedContentError],
    ['a data value set', '{"dataValues":[]}', UnexpectedContentError],
    [
      'an error object',
      '{"httpStatusCode":409,"status":"ERROR","message":"No","errorCode":"E7124"}',
      Dhis2ApiError,
    ],
    [
      'an error object whose fields come in another order',
      '{"message":"No","httpStatusCode":409}',
      Dhis2ApiError,
    ],
    ['a line of error', 'E7128: Query result set exceeded max limit', Dhis2ApiError],
    ['headers without names', '{"headers":[{}],"rows":[]}', GridFormatError],
    ['metaData that is a list', '{"headers":[],"metaData":[],"rows":[]}', GridFormatError],
    ['a height that is text', '{"headers":[],"height":"1","rows":[]}', GridFormatError],
    ['fewer rows than the height', '{"headers":[],"height":1,"rows":[]}', TruncatedResponseError],
  ]
  for (const [what, body, type] of strangers) {
    it(`rejects ${what} with a ${type.name} that names the request`, async (t) => {
      const { server, client } = await connected(t)
      server.serve('/api/analytics.json', body)
      await assert.rejects(client.analytics.aggregate(question), (error) => {
        assert.ok(error instanceof type, `${error}`)
        assert.ok(error instanceof Dhis2ClientError)
        assert.match(error.request?.url ?? '', /\/api\/analytics\.json\?dimension=dx/)
        return true
      })
      assert.equal(server.requests.length, 1)
    })
  }

  it('rejects what DHIS2 refuses with its code and its words', async (t) => {
    const { client } = await connected(t, { maxRows: 10 })
    await assert.rejects(client.analytics.aggregate(question), (error) => {
      assert.ok(error instanceof Dhis2ApiError)
      assert.equal(error.httpStatus, 409)
      assert.equal(error.errorCode, 'E7128')
      assert.match(error.message, /E7128.*limit/i)
      return true
    })
  })
})
