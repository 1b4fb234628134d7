/** Through a proxy: one that is named, and the one of the environment. */
import { Dhis2Client, personalAccessToken } from 'dhis2-analytics-stream'
import { demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

await using standIn = await startDhis2({ rows: 10 })
const server = { baseUrl: standIn.url, auth: personalAccessToken(demoToken) }

for (const proxy of [process.env['HTTP_PROXY'], 'env']) {
  await using client = new Dhis2Client({ ...server, proxy })
  const { version } = await client.system.info()
  const grid = await client.analytics.aggregate({ dx: 'fbfJHSPpUQD', pe: 'THIS_YEAR', ou: 'LEVEL-1' })
  console.log(version, grid.rows.length)
}
console.log(standIn.requests.length)
