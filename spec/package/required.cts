/** From CommonJS. */
import assert = require('node:assert/strict')

import { text } from 'node:stream/consumers'
import { Dhis2Client, QueryError, toCsv } from 'dhis2-analytics-stream'

import testing = require('dhis2-analytics-stream/testing')

async function main(): Promise<void> {
  assert.throws(() => new Dhis2Client({ baseUrl: 'nowhere' }), QueryError)
  const server = await testing.startDhis2({ rows: 3 })
  const client = new Dhis2Client({ baseUrl: server.url, auth: { headers: () => ({}) } })
  await assert.rejects(client.system.info(), { name: 'AuthenticationError' })
  await client.close()
  await server.close()
  process.stdout.write(await text(testing.rowsFrom(['a'], [['1']]).through(toCsv())))
}
void main()
