/**
 * sessions: small requests, one after the other, to a server that hashes a password whenever somebody logs in, as DHIS2
 * does.
 *
 * `ours` keeps the session's cookie. The others are `undici.request` and `json()`, which does not and so logs in with
 * each request, and the same with the cookie of its first answer sent by hand, which is the least there can be.
 */
import { startDhis2 } from '../../examples/support/dhis2-server.ts'
import { medianOf, race, ratio } from '../race.ts'
import { decimals } from '../report.ts'
import { type Job, ours } from './job.ts'

const without = 'undici.request, json()'
const byHand = 'the same, with the cookie'
const contestants = { ours: undefined, [without]: undefined, [byHand]: undefined }

export const sessions: Job = async function* (workshop, { rounds, smallCalls }) {
  await using server = await startDhis2({ rows: 100, credentials: { hashesPasswords: true } })
  const url = `${server.url}/api/analytics.json?dimension=dx:fbfJHSPpUQD&dimension=pe:2024&dimension=ou:LEVEL-3`
  const grid = { name: 'sessions', path: '', url, rows: 100, byteLength: 0, columns: [] }
  const logins = new Map<string, number>()
  let before = 0
  const results = await race(workshop, {
    job: 'sessions',
    contestants,
    task: { grid, calls: smallCalls },
    rounds,
    async inspect(name) {
      logins.set(name, server.logins - before)
      before = server.logins
    },
  })
  yield {
    title: 'sessions',
    note: `100 rows, ${smallCalls} calls one after the other, by password`,
    columns: ['', 'logins', 'seconds', 'ms a call', 'their time ÷ ours'],
    rows: Object.keys(contestants).map((name) => {
      const seconds = medianOf(results, name, 'seconds')
      return [
        name,
        String(logins.get(name)),
        seconds.toFixed(3),
        ((seconds / smallCalls) * 1000).toFixed(2),
        decimals(ratio(results, name, ours)),
      ]
    }),
    targets: [
      {
        what: `speed of ${without}`,
        measured: ratio(results, without, ours),
        unit: '×',
        atLeast: 5,
        aim: 10,
      },
    ],
  }
}
