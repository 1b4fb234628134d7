/** country: a question to a large country; planned, in one request and in pieces, and into files and a table. */
import { pipeline } from 'node:stream/promises'
import {
  Dhis2Client,
  type PieceStore,
  parquetFiles,
  personalAccessToken,
  type RowStream,
  toCsv,
} from 'dhis2-analytics-stream'
import { ByteSink, type Contestant, contest, type Task } from './contest.ts'

await contest({
  async plan({ question, origin, token }) {
    const { analytics } = clientOf(origin, token!)
    return async () => {
      const pull = await analytics.plan(question!)
      let pieces = 0
      for (const { id } of pull.plan.pieces()) if (id !== '') pieces += 1
      return { writtenBytes: pieces }
    }
  },

  'one request': toNothing(({ question, origin, token }) =>
    clientOf(origin, token!).analytics.rows(question!),
  ),
  'in pieces': toNothing(({ question, origin, token }) =>
    clientOf(origin, token!).analytics.rows({ ...question!, split: true }),
  ),

  Parquet: into(async ({ destination }) => parquetFiles(destination)),
  Postgres: into(async ({ database }) => {
    const [{ postgresTable }, { default: pg }] = await Promise.all([
      import('dhis2-analytics-stream/postgres'),
      import('pg'),
    ])
    return postgresTable({ client: new pg.Pool({ connectionString: database }), table: 'country' })
  }),
})

function clientOf(origin: string, token: string): Dhis2Client {
  return new Dhis2Client({ baseUrl: origin, auth: personalAccessToken(token) })
}

function toNothing(rowsOf: (task: Task) => RowStream): Contestant {
  return async (task) => async () => {
    const csv = toCsv()
    const nothing = new ByteSink(task)
    await pipeline(rowsOf(task), csv, nothing)
    return { rows: csv.rowCount, csvBytes: nothing.byteLength }
  }
}

function into(storeOf: (task: Task) => Promise<PieceStore>): Contestant {
  return async (task) => {
    const store = await storeOf(task)
    const { analytics } = clientOf(task.origin, task.token!)
    return async () => {
      let rows = 0
      const pull = await analytics.plan(task.question!)
      for await (const event of pull.run({ into: store })) {
        if (event.type === 'finished') rows = event.report.rowCount
      }
      return { rows }
    }
  }
}
