import { Analytics } from './analytics/analytics.ts'
import type { ClientOptions } from './http/options.ts'
import { Server } from './http/server.ts'
import { keepServer } from './http/server-of.ts'
import { SqlViews } from './sql-views/sql-views.ts'
import { System } from './system/system.ts'

/**
 * One DHIS2 server. Make one per server and share it: its calls share a pool of connections, the credentials and the
 * session, which no other client has a part in.
 *
 * ```ts
 * await using client = new Dhis2Client({ baseUrl: 'https://dhis2.example.org', auth: personalAccessToken(token) })
 * ```
 */
export class Dhis2Client implements AsyncDisposable {
  readonly analytics: Analytics
  readonly sqlViews: SqlViews
  readonly system: System
  readonly #server: Server

  /** @throws QueryError for options that can't be right; the message says what to write instead. */
  constructor(options: ClientOptions) {
    this.#server = new Server(options)
    keepServer(this, this.#server)
    this.analytics = new Analytics(this.#server)
    this.sqlViews = new SqlViews(this.#server)
    this.system = new System(this.#server)
  }

  /**
   * Closes every connection. What is still under way ends with a ClientClosedError, as does every call from now on.
   * A `dispatcher` of your own stays open.
   */
  close(): Promise<void> {
    return this.#server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
