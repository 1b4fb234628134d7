import { type ChildProcess, spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { basicAuth, Dhis2Client } from 'dhis2-analytics-stream'
import { postgresTable } from 'dhis2-analytics-stream/postgres'
import { countryOf, type StandIn, startDhis2 } from 'dhis2-analytics-stream/testing'
import pg from 'pg'
import { environment, nodeArguments, root } from '../../support/run-script.ts'
import { startTestPostgres } from '../../support/test-postgres.ts'

export const leaseMs = 2000

export const country = countryOf({ seed: 5, orgUnits: 25, levels: 4, from: '2024-01-01', to: '2024-12-31' })

const months = Array.from({ length: 12 }, (_, at) => `2024${String(at + 1).padStart(2, '0')}`)

/** 6 data elements, 12 months, 25 org units. */
export const query = {
  dx: country.dataElements.slice(0, 6).map(({ id }) => id),
  pe: months,
  ou: country.orgUnits.map(({ id }) => id),
  skipMeta: true,
}

/** Nobody waits for long. */
export const quick = { waitMs: 20, tablesMs: 20, slowMs: 5000, growUnderMs: 20_000 }

export interface ToyWorkers extends AsyncDisposable {
  readonly url: string
  readonly server: StandIn
  readonly client: Dhis2Client
  readonly pool: pg.Pool
  table(name: string): ReturnType<typeof postgresTable>
  rows(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** All rows of a table, as text, in order. */
  lines(name: string): Promise<string[]>
  /** Requests under way at once, the most there were since this was last asked. */
  takePeak(): number
  start(lease?: number): ChildProcess
  /** Has all processes end. */
  stop(): void
}

/** A country's server, a database, and processes that work in between. */
export async function toyWorkers(): Promise<ToyWorkers> {
  const postgres = await startTestPostgres()
  const server = await startDhis2({ country })
  const client = new Dhis2Client({ baseUrl: server.url, auth: basicAuth('admin', 'district'), retry: false })
  const pool = new pg.Pool({ connectionString: postgres.url, max: 8 })
  const children = new Set<ChildProcess>()
  let [underway, peak] = [0, 0]
  const count = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    if (`http://${request.headers.host}` !== server.url) return
    underway += 1
    peak = Math.max(peak, underway)
    response.once('close', () => {
      underway -= 1
    })
  }
  subscribe('http.server.request.start', count)
  const stop = () => {
    for (const child of children) child.stdin!.end()
  }
  pool.on('error', () => undefined)
  const rows = async (sql: string, values?: unknown[]) => (await pool.query(sql, values)).rows
  return {
    url: postgres.url,
    server,
    client,
    pool,
    table: (table) => postgresTable({ client: pool, table }),
    rows,
    lines: async (name) =>
      (await rows(`SELECT t::text AS line FROM ${name} t ORDER BY 1`)).map(({ line }) => String(line)),
    takePeak() {
      const was = peak
      peak = underway
      return was
    },
    start(lease = leaseMs) {
      const script = join(root, 'spec/pull/workers/worker-child.ts')
      const args = [...nodeArguments, script, server.url, postgres.url, String(lease)]
      const child = spawn(process.execPath, args, { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] })
      children.add(child)
      child.once('exit', () => children.delete(child))
      return child
    },
    stop,
    async [Symbol.asyncDispose]() {
      unsubscribe('http.server.request.start', count)
      stop()
      for (const child of children) await once(child, 'exit')
      await client.close()
      await server.close()
      await pool.end()
      await postgres[Symbol.asyncDispose]()
    },
  }
}
