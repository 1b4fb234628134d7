/** Facts into a table of PostgreSQL, a batch at a time, where those of an earlier pull are replaced. */
import { pipeline } from 'node:stream/promises'
import { castCells, Dhis2Client, eachBatch, personalAccessToken, toObjects } from 'dhis2-analytics-stream'
import { demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'
import pg from 'pg'

await using standIn = await startDhis2({ rows: 2500 })
await using client = new Dhis2Client({ baseUrl: standIn.url, auth: personalAccessToken(demoToken) })
const database = new pg.Client(process.env['DATABASE_URL'])
await database.connect()
await database.query(
  'create table if not exists fact (dx text, pe text, ou text, value float, pulls int default 1, primary key (dx, pe, ou))',
)

for (const pull of ['first', 'second']) {
  const rows = client.analytics.rows({ dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: 'LEVEL-4' })
  await pipeline(
    rows.through(castCells(), toObjects()),
    eachBatch(1000, async (batch: Record<string, unknown>[], { rowNumber, signal }) => {
      signal.throwIfAborted()
      const column = (name: string) => batch.map((fact) => fact[name])
      await database.query(
        `insert into fact (dx, pe, ou, value)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::float[])
         on conflict (dx, pe, ou) do update set value = excluded.value, pulls = fact.pulls + 1`,
        [column('dx'), column('pe'), column('ou'), column('value')],
      )
      console.log(`${pull}: ${batch.length} from row ${rowNumber}`)
    }),
  )
}

const { rows: facts } = await database.query(
  'select count(*)::int, min(pulls), max(pulls), count(value)::int as numbers from fact',
)
console.log(JSON.stringify(facts))
await database.end()
