import { QueryError, UnknownOutcomeError } from '../../errors.ts'
import type { CopyIn } from './copy-in.ts'
import { pooled } from './pooled.ts'

/** How long a statement under way is waited for when all is lost, in milliseconds. */
const patienceMs = 5000

type Method = (...args: never[]) => unknown

/** A Client of pg, or one from its Pool. */
export interface PostgresClient {
  readonly query: Method
  readonly on: Method
  readonly removeListener: Method
}

/** A Pool of pg. */
export interface PostgresPool {
  readonly connect: Method
  readonly totalCount: number
}

export interface Result {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number | null
  readonly command: string
}

/** What we use of a client. */
interface Client {
  query(sql: string, values?: readonly unknown[]): Promise<Result>
  query(copy: CopyIn): unknown
  on(event: string, listener: (told: { code?: string }) => void): void
  removeListener(event: string, listener: (told: { code?: string }) => void): void
  readonly connection: { readonly stream: { destroy(): void } }
  readonly processID: number | null
}

interface PoolClient extends Client {
  release(error?: Error | boolean): void
}

interface Pool {
  connect(): Promise<PoolClient>
}

/**
 * One transaction on a connection, from BEGIN to its end, which also gives back the connection of a pool. All of it is
 * one transaction as a pooler (PgBouncer) may give each another server.
 */
export class Session {
  readonly #given: PostgresClient | PostgresPool
  #client: Client | undefined
  #release: ((error?: Error) => void) | undefined
  /** Resolves to whether the transaction is ours to end. */
  #hasBegun: Promise<boolean> = Promise.resolve(false)
  #isOver = false
  #copy: CopyIn | undefined
  /** Whatever is under way, which has to end before anything else is asked of the client. */
  #underway: Promise<unknown> = Promise.resolve()
  /** A backend that is killed has the client emit an error, which ends the process where nobody listens. */
  readonly #hear = () => undefined

  constructor(given: PostgresClient | PostgresPool) {
    this.#given = given
  }

  async begin(): Promise<void> {
    if (this.#isOver) throw new Error('the load was given up')
    const client = await this.#connect()
    if (this.#isOver) throw new Error('the load was given up')
    this.#hasBegun = this.#openTransaction(client)
    if (!(await this.#hasBegun)) {
      throw new QueryError(
        'toPostgres: the client is inside a transaction; give it one that is not, or a Pool',
      )
    }
    // The first three count the time in which DHIS2 has us wait. A timestamp without a zone is none of the session's.
    await this.query(
      `SELECT set_config(name, CASE name WHEN 'TimeZone' THEN 'UTC' ELSE '0' END, true)
       FROM pg_settings
       WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'TimeZone')`,
    )
  }

  async query(sql: string, values?: readonly unknown[]): Promise<Result> {
    if (this.#isOver) throw new Error('the load was given up')
    const result = this.#client!.query(sql, values)
    this.#underway = result.catch(() => undefined)
    return result
  }

  async copy(copy: CopyIn): Promise<void> {
    if (this.#isOver) throw new Error('the load was given up')
    this.#copy = copy
    this.#client!.query(copy)
    this.#underway = copy.over
    await copy.begun()
  }

  /** @throws UnknownOutcomeError where the connection broke before it was answered; else what the server says. */
  async commit(table: string): Promise<void> {
    this.#isOver = true
    try {
      await this.#client!.query('COMMIT')
    } catch (cause) {
      if (isNo(cause as { severity?: unknown; code?: string })) {
        this.#letGo()
        throw cause
      }
      this.#letGo(cause as Error)
      const message = `The connection broke before COMMIT was answered: ${table} has all of the load, or none of it`
      throw new UnknownOutcomeError(message, { table, cause })
    }
    this.#letGo()
  }

  async rollBack(): Promise<void> {
    this.#isOver = true
    const client = this.#client
    if (!client) return
    const stuck = setTimeout(() => client.connection.stream.destroy(), patienceMs)
    this.#copy?.fail()
    try {
      const isOurs = await this.#hasBegun
      await this.#underway
      if (isOurs) await client.query('ROLLBACK')
      this.#letGo()
    } catch (error) {
      this.#letGo(error as Error)
    }
    clearTimeout(stuck)
  }

  /** Where there is one already, a server only warns. */
  async #openTransaction(client: Client): Promise<boolean> {
    let isInside = false
    const notice = ({ code }: { code?: string }) => {
      isInside ||= code === '25001'
    }
    client.on('notice', notice)
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
    client.removeListener('notice', notice)
    return !isInside
  }

  async #connect(): Promise<Client> {
    const given = this.#given
    if (!('totalCount' in given)) {
      const client = given as unknown as Client
      if (typeof client.processID !== 'number') {
        throw new QueryError('toPostgres: the client is not connected; await client.connect() first')
      }
      this.#hold(client, undefined)
      return client
    }
    const client = await pooled(given as unknown as Pool)
    if (this.#isOver) {
      client.release()
      throw new Error('the load was given up')
    }
    this.#hold(client, (error) => client.release(error))
    return client
  }

  #hold(client: Client, release: ((error?: Error) => void) | undefined): void {
    this.#client = client
    this.#release = release
    client.on('error', this.#hear)
  }

  /** With an error the connection is no good any more, and the pool ends it. */
  #letGo(error?: Error): void {
    const client = this.#client
    if (!client) return
    this.#client = undefined
    this.#release?.(error)
    // What is told of a connection that broke comes a little later.
    if (error && !this.#release) setImmediate(() => client.removeListener('error', this.#hear))
    else client.removeListener('error', this.#hear)
  }
}

/** Whether the server answered that it does not, and is still there. */
function isNo({ severity, code = '' }: { severity?: unknown; code?: string }): boolean {
  return severity !== undefined && !/^(08|57|58|XX)/.test(code)
}
