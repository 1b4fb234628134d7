/** Without a server: undici's MockAgent in place of a pool. */
import { AuthenticationError, Dhis2Client, personalAccessToken } from 'dhis2-analytics-stream'
import { MockAgent } from 'undici'

const agent = new MockAgent()
agent.disableNetConnect()
const server = agent.get('https://dhis2.example.org')
const path = (asked: string) => asked.startsWith('/api/analytics.json?')
const grid = { headers: [{ name: 'dx' }, { name: 'value' }], rows: [['fbfJHSPpUQD', '12.0']], height: 1 }
server
  .intercept({ path, headers: { authorization: 'ApiToken d2pat_mock' } })
  .reply(200, grid, { headers: { 'content-type': 'application/json' } })
  .times(2)
server.intercept({ path }).reply(401, { httpStatusCode: 401, message: 'no' })

await using client = new Dhis2Client({
  baseUrl: 'https://dhis2.example.org',
  auth: personalAccessToken('d2pat_mock'),
  dispatcher: agent,
})
const question = { dx: 'fbfJHSPpUQD', pe: '2024', ou: 'LEVEL-1' }
console.log((await client.analytics.aggregate(question)).rows.join())
console.log((await client.analytics.rows(question).toArray()).join())
await client.analytics.aggregate(question).catch((error: unknown) => {
  console.log(error instanceof AuthenticationError && error.code)
})
agent.assertNoPendingInterceptors()
await agent.close()
