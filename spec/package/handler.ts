/** CSV over HTTP, with a status that tells whether there will be any. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Dhis2Client, isDhis2Error, personalAccessToken, toCsv } from 'dhis2-analytics-stream'
import { demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

await using standIn = await startDhis2({ rows: 1000 })
await using client = new Dhis2Client({ baseUrl: standIn.url, auth: personalAccessToken(demoToken) })

const server = createServer(async (request, response) => {
  const pe = new URL(request.url ?? '/', 'http://localhost').searchParams.get('pe') ?? 'LAST_12_MONTHS'
  const rows = client.analytics.rows({ dx: 'fbfJHSPpUQD', pe, ou: 'LEVEL-3' })
  try {
    await once(rows, 'headers')
  } catch (error) {
    if (!isDhis2Error(error)) throw error
    response.writeHead(error.code === 'ERR_DHIS2_API' ? 502 : 500).end(error.code)
    return
  }
  response.writeHead(200, { 'content-type': 'text/csv' })
  await pipeline(rows, toCsv(), response).catch(() => response.destroy())
}).listen(0)
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const good = await fetch(url)
console.log(good.status, good.headers.get('content-type'), (await good.text()).trimEnd().split('\n').length)

standIn.misbehave({ status: 409 })
const refused = await fetch(url)
console.log(refused.status, await refused.text())

standIn.misbehave({ truncateAfter: 20_000 })
console.log(
  await fetch(url)
    .then((response) => response.text())
    .then(
      () => 'whole',
      () => 'broken off',
    ),
)
server.close()
server.closeAllConnections()
