import { Dhis2ClientError } from '../../errors.ts'
import type { Grid } from '../../grid/grid.ts'
import type { Connection } from '../../http/connection.ts'
import type { Get } from '../../http/open.ts'
import type { CallOptions } from '../../http/options.ts'
import { wholeBody } from '../../http/whole-body.ts'
import type { Pair } from '../../query/list-question.ts'
import { searchOf } from '../../query/query.ts'
import { collect } from '../collect.ts'
import { startingOver } from '../start-over.ts'

/** What a million org units take. */
const mostBytes = 64 * 1024 * 1024

/** Asks a server on behalf of one call: with its options, until it is aborted. */
export class Asker {
  readonly connection: Connection
  readonly call: CallOptions
  readonly #signal: AbortSignal

  /** `signal` ends all of it; that of the call's options is for whoever made `signal` to hear. */
  constructor(connection: Connection, call: CallOptions, signal: AbortSignal) {
    this.connection = connection
    this.call = { ...call, signal }
    this.#signal = signal
  }

  get(endpoint: string, pairs: readonly Pair[]): Get {
    return this.connection.get(endpoint, searchOf(pairs), this.call)
  }

  /** A small grid, whole. */
  grid(endpoint: string, pairs: readonly Pair[]): Promise<Grid> {
    const get = this.get(endpoint, pairs)
    return startingOver(this.connection, get, this.#signal, () =>
      collect(this.connection.body(get, this.call)),
    )
  }

  /** A small body of JSON that is no grid. */
  json(endpoint: string, pairs: readonly Pair[]): Promise<unknown> {
    const get = this.get(endpoint, pairs)
    return startingOver(this.connection, get, this.#signal, () =>
      wholeBody(this.connection.body(get, this.call), mostBytes, 'This is no JSON'),
    )
  }
}

/** Whether a server refused with one of these codes of its own, such as `E7145`. */
export function refusedWith(error: unknown, ...codes: readonly string[]): boolean {
  const { errorCode } = error as { errorCode?: unknown }
  return error instanceof Dhis2ClientError && codes.includes(String(errorCode))
}
