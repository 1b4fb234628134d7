/** aggregate: from an HTTP request to the whole grid in memory. Connections are kept alive by all three. */
import { createHash } from 'node:crypto'
import { contest, type Outcome, type Task } from './contest.ts'

await contest({
  async ours(task) {
    const { Dhis2Client } = await import('dhis2-analytics-stream')
    const client = new Dhis2Client({ baseUrl: task.origin })
    return async ({ name }) => outcomeOf(await client.analytics.aggregate({ params: { grid: name } }), task)
  },

  async 'undici.request, json()'(task) {
    const { request } = await import('undici')
    return async ({ url }) => {
      const { body } = await request(url)
      return outcomeOf((await body.json()) as Parsed, task)
    }
  },

  async 'fetch, json()'(task) {
    return async ({ url }) => outcomeOf((await (await fetch(url)).json()) as Parsed, task)
  },
})

interface Parsed {
  rows: readonly unknown[]
}

function outcomeOf({ rows }: Parsed, { digest }: Task): Outcome {
  if (!digest) return { rows: rows.length }
  return { rows: rows.length, digest: createHash('sha1').update(JSON.stringify(rows)).digest('hex') }
}
