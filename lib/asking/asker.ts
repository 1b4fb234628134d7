import { Dhis2ClientError } from '../errors.ts'
import type { Grid } from '../grid/grid.ts'
import { type AnsweredAt, answeredAt, type BodyStream, type ResponseInfo } from '../http/body-stream.ts'
import type { PreparedRequest } from '../http/open.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { startingOver } from '../http/start-over.ts'
import { wholeBody } from '../http/whole-body.ts'
import type { Pair } from '../query/list-question.ts'
import { searchOf } from '../query/query.ts'
import { collect } from './collect.ts'

/** What a million org units take. */
const mostBytes = 64 * 1024 * 1024

/** Asks a server on behalf of one call: with its options, until it is aborted. */
export class Asker {
  readonly server: Server
  readonly call: CallOptions
  /** How much was asked and came, bodies that are under way aside. */
  requestCount = 0
  byteCount = 0
  /** When the first of the answers began. */
  answeredAt: AnsweredAt | undefined
  readonly #signal: AbortSignal

  /** `signal` ends all of it; that of the call's options is for whoever made `signal` to hear. */
  constructor(server: Server, call: CallOptions, signal: AbortSignal) {
    this.server = server
    this.call = { ...call, signal }
    this.#signal = signal
  }

  prepare(endpoint: string, pairs: readonly Pair[]): PreparedRequest {
    return this.server.prepare(endpoint, searchOf(pairs), this.call)
  }

  body(prepared: PreparedRequest): BodyStream {
    this.requestCount += 1
    const body = this.server.body(prepared, this.call)
    body.once('response', (info: ResponseInfo) => {
      this.answeredAt ??= answeredAt(info)
    })
    return body.once('close', () => {
      this.byteCount += body.receivedBytes
    })
  }

  /** A small grid, whole. */
  grid(endpoint: string, pairs: readonly Pair[]): Promise<Grid> {
    const prepared = this.prepare(endpoint, pairs)
    return startingOver(this.server, prepared, this.#signal, () => collect(this.body(prepared)))
  }

  /** A small body of JSON that is no grid; `refusal` is what to say of what is no JSON. */
  json(endpoint: string, pairs: readonly Pair[], refusal = 'This is no JSON'): Promise<unknown> {
    const prepared = this.prepare(endpoint, pairs)
    return startingOver(this.server, prepared, this.#signal, () =>
      wholeBody(this.body(prepared), mostBytes, refusal),
    )
  }
}

/** Whether a server refused with one of these codes of its own, such as `E7145`. */
export function refusedWith(error: unknown, ...codes: readonly string[]): boolean {
  const { errorCode } = error as { errorCode?: unknown }
  return error instanceof Dhis2ClientError && codes.includes(String(errorCode))
}
