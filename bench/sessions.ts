/**
 * 200 small requests, one after the other, to a stand-in that hashes passwords at every login as a server does: with the
 * cookies that a client keeps, and without.
 *
 *     npx tsx bench/sessions.ts
 */
import { performance } from 'node:perf_hooks'
import { basicAuth, Dhis2Client } from 'dhis2-analytics-stream'
import { request } from 'undici'
import { startDhis2 } from '../examples/support/dhis2-server.ts'

const requests = 200
const [username, password] = ['admin', 'district'] as const

await using server = await startDhis2({ loginCost: 65_536 })
await using client = new Dhis2Client({ baseUrl: server.url, auth: basicAuth(username, password) })

const ours = await timed(() => client.system.info())
const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
const plain = await timed(async () => {
  const { body } = await request(`${server.url}/api/system/info`, { headers: { authorization } })
  return body.json()
})
console.log(`${requests} small requests      ms each    logins`)
console.log(`this package           ${ours.ms.toFixed(2).padStart(7)}    ${ours.logins}`)
console.log(`undici.request, json() ${plain.ms.toFixed(2).padStart(7)}    ${plain.logins}`)
console.log(`its time ÷ ours        ${(plain.ms / ours.ms).toFixed(1).padStart(7)}`)

async function timed(ask: () => Promise<unknown>): Promise<{ ms: number; logins: number }> {
  const before = server.logins
  const startedAt = performance.now()
  for (let i = 0; i < requests; i++) await ask()
  return { ms: (performance.now() - startedAt) / requests, logins: server.logins - before }
}
