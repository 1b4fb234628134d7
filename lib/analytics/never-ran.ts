import type { Connection } from '../http/connection.ts'
import { factsOf } from './endpoint-table.ts'
import { Asker } from './lists/asker.ts'

/**
 * A server whose analytics tables were never made answers aggregate queries with no rows and status 200. So an empty
 * answer asks for the system info, once a client, and warns: code `DHIS2_NO_ANALYTICS`.
 */
export class NeverRan {
  readonly #connection: Connection
  #hasAsked = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Told of an answer without rows. Never fails: what it is about has succeeded. */
  async suspect(endpoint: string): Promise<void> {
    if (this.#hasAsked || factsOf(endpoint)?.name !== 'analytics') return
    this.#hasAsked = true
    try {
      const asker = new Asker(this.#connection, {}, this.#connection.closing)
      const info = (await asker.json('/api/system/info', [])) as { lastAnalyticsTableSuccess?: unknown }
      const ran = String(info.lastAnalyticsTableSuccess ?? '')
      if (ran !== '' && !ran.startsWith('1970')) return
      process.emitWarning(
        `The answer has no rows, and the analytics of ${this.#connection.origin} never ran: its tables are empty`,
        { type: 'Dhis2AnalyticsWarning', code: 'DHIS2_NO_ANALYTICS' },
      )
    } catch {}
  }
}
