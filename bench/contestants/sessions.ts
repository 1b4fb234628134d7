/** sessions: from a small HTTP request to the grid in memory, by password. */
import { contest, type GridFile, type Outcome } from './contest.ts'

const username = 'admin'
const password = 'district'
const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

await contest({
  async ours({ grid }) {
    const { basicAuth, Dhis2Client } = await import('dhis2-analytics-stream')
    const { origin, searchParams } = new URL(grid.url)
    const client = new Dhis2Client({ baseUrl: origin, auth: basicAuth(username, password) })
    const params = { dimension: searchParams.getAll('dimension') }
    return async () => ({ rows: (await client.analytics.aggregate({ params })).height })
  },

  async 'undici.request, json()'() {
    return asking(false)
  },

  async 'the same, with the cookie'() {
    return asking(true)
  },
})

async function asking(keepsCookie: boolean): Promise<(grid: GridFile) => Promise<Outcome>> {
  const { request } = await import('undici')
  const headers: Record<string, string> = { authorization }
  return async ({ url }) => {
    const { body, headers: answered } = await request(url, { headers })
    const [cookie] = [answered['set-cookie'] ?? []].flat()
    if (keepsCookie && cookie?.startsWith('JSESSIONID')) headers['cookie'] = cookie.split(';', 1)[0]!
    return { rows: ((await body.json()) as { rows: unknown[] }).rows.length }
  }
}
