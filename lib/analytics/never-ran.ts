import type { TransformCallback } from 'node:stream'
import { z } from 'zod'
import { Asker } from '../asking/asker.ts'
import type { Server } from '../http/server.ts'
import { untilAny } from '../http/until-any.ts'
import { factsOf } from '../query/endpoint-table.ts'
import { RowParser } from '../transforms/parse-rows.ts'

/** What is asked in passing must not keep a call waiting. */
const patienceMs = 10_000

/** Whatever answers, only a DHIS2 server is believed. */
const systemInfo = z.looseObject({ version: z.string(), lastAnalyticsTableSuccess: z.unknown().optional() })

/**
 * A server whose analytics tables were never made answers aggregate queries with no rows and status 200. So an empty
 * answer asks for the system info, once a client, and warns: code `DHIS2_NO_ANALYTICS`.
 */
export class NeverRan {
  readonly #server: Server
  #asked: Promise<void> | undefined

  constructor(server: Server) {
    this.#server = server
  }

  /** Told of an answer without rows. Never fails: what it is about has succeeded. */
  async suspect(endpoint: string, signal: AbortSignal | undefined): Promise<void> {
    if (factsOf(endpoint)?.name !== 'analytics') return
    this.#asked ??= this.#ask(signal)
    await this.#asked
  }

  async #ask(signal: AbortSignal | undefined): Promise<void> {
    try {
      const ends = [this.#server.closing, AbortSignal.timeout(patienceMs), ...(signal ? [signal] : [])]
      const said = await untilAny(ends, (ending) =>
        new Asker(this.#server, { retry: false }, ending).json('/api/system/info', []),
      )
      const info = systemInfo.parse(said)
      const ran = String(info.lastAnalyticsTableSuccess ?? '')
      if (ran !== '' && !ran.startsWith('1970')) return
      process.emitWarning(
        `The answer has no rows, and the analytics of ${this.#server.origin} never ran: its tables are empty`,
        { type: 'Dhis2AnalyticsWarning', code: 'DHIS2_NO_ANALYTICS' },
      )
    } catch {}
  }
}

/** `parseRows` that waits for `onEmpty` before it ends, where a grid had headers and no rows. */
export class EmptyAware extends RowParser {
  readonly #onEmpty: () => Promise<void>

  constructor(onEmpty: () => Promise<void>, signal: AbortSignal | undefined) {
    super({ signal })
    this.#onEmpty = onEmpty
  }

  override _flush(done: TransformCallback): void {
    super._flush((error) => {
      // Without headers no data was asked for.
      if (error || this.rowCount > 0 || !this.headers?.length) return done(error)
      void this.#onEmpty().then(() => done())
    })
  }
}
