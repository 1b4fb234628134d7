import { getMaxListeners, setMaxListeners } from 'node:events'
import { addAbortSignal, Readable } from 'node:stream'
import { failureOf } from '../checks/callback.ts'
import { Dhis2ClientError, type RequestSummary } from '../errors.ts'
import { endingWell } from '../streams/ending.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { Beginning } from './beginning.ts'
import { keptBytes } from './content.ts'
import { bodyFailure } from './failures.ts'
import { open, type PreparedRequest, type Transport } from './open.ts'
import { contentError } from './response-errors.ts'
import { tell } from './telling.ts'
import { codingsOf, decoded } from './wire/decode.ts'
import { type BodySource, type Exchange, headerOf } from './wire/exchange.ts'

/** What a `'response'` event tells, before the first byte of the body. */
export interface ResponseInfo {
  readonly status: number
  /** Without `set-cookie`: the client keeps the cookies to itself. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The length of the body in bytes, where the server announced it and no proxy compressed it. */
  readonly contentLength: number | undefined
}

/** When a server began to answer: by its own clock, as far as it says, and by `performance.now()`. */
export interface AnsweredAt {
  readonly date: string
  readonly at: number
}

export function answeredAt({ headers }: ResponseInfo): AnsweredAt {
  return { date: String(headers['date'] ?? ''), at: performance.now() }
}

export interface BodyStreamOptions {
  /** Aborts the request, its retries and the body. */
  signal?: AbortSignal | undefined
  /** How many bytes may wait in memory for a slow reader. Default 256 KiB. */
  highWaterMark?: number | undefined
}

const manyCalls = 10_000

/**
 * The body of one response as a Readable of decoded bytes.
 *
 * The request is sent on the first read. `'response'` is emitted with a `ResponseInfo` when the head of a response
 * with status 200 is there. Whatever else comes, also under status 200, destroys the stream with a typed error before
 * its first byte.
 * Destroying it early closes the socket. A slow reader slows the socket.
 */
export class BodyStream extends endingWell(Readable) {
  readonly [gives]: Gives = 'bytes'
  /** What is asked for, for error messages. */
  readonly request: RequestSummary
  /** The length of the body in bytes: undefined until `'response'`, and where nobody announced it. */
  contentLength: number | undefined
  readonly #transport: Transport
  readonly #prepared: PreparedRequest
  readonly #abort = new AbortController()
  #body: BodySource | undefined
  #started = false
  #arrived = false
  #received = 0

  constructor(
    transport: Transport,
    prepared: PreparedRequest,
    { signal, highWaterMark = 256 * 1024 }: BodyStreamOptions = {},
  ) {
    super({ highWaterMark })
    this.request = prepared.request
    this.#transport = transport
    this.#prepared = prepared
    if (!signal) return
    // Many calls may share a signal, and that is no leak: the warning would only frighten.
    if (limitOf(signal) < manyCalls) setMaxListeners(manyCalls, signal)
    // Not the option of Readable: a signal that is aborted already would destroy what is not there yet.
    addAbortSignal(signal, this)
  }

  /** How many bytes came so far, decompressed. */
  get receivedBytes(): number {
    return this.#received
  }

  /** Whether it was read from, and its request sent. */
  get hasBegun(): boolean {
    return this.#started
  }

  override _read(): void {
    if (this.#started) this.#body?.resume()
    else {
      this.#started = true
      this.#open().catch((error) => this.#fail(error))
    }
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.#arrived) {
      const reason = error ?? new Error('The body is not wanted any more')
      this.#abort.abort(reason)
      this.#body?.abort(reason)
    }
    if (this.#started) {
      const complete = this.readableEnded
      tell('end', {
        request: this.request,
        receivedBytes: this.#received,
        complete,
        error: error ?? undefined,
      })
    }
    callback(error)
  }

  async #open(): Promise<void> {
    const response = await open(this.#transport, this.#prepared, this.#abort.signal)
    if (this.destroyed) return response.abort(this.#abort.signal.reason)
    this.contentLength = lengthOf(response)
    const { format } = this.#prepared
    const contentType = headerOf(response, 'content-type')
    const beginning = new Beginning(format, contentType)
    let sniffed = false

    const body = decoded(response)
    this.#body = body
    const { status, headers } = response
    this.emit('response', { status, headers, contentLength: this.contentLength } satisfies ResponseInfo)
    if (this.destroyed) return

    const decide = (looksRight: boolean | undefined) => {
      const { bytes } = beginning
      if (looksRight) {
        sniffed = true
        this.#push(bytes)
      } else if (looksRight === false) {
        this.destroy(contentError(bytes.subarray(0, keptBytes), format, this.request))
      }
    }
    body.start({
      // `push` runs whatever hangs on this stream. What that throws is not the connection's doing.
      data: (chunk) => {
        this.#received += chunk.length
        try {
          if (sniffed) this.#push(chunk)
          else decide(beginning.add(chunk))
        } catch (error) {
          this.#fail(error)
        }
      },
      end: () => {
        this.#arrived = true
        try {
          if (!sniffed) decide(beginning.end())
          this.push(null)
        } catch (error) {
          this.#fail(error)
        }
      },
      fail: (error) => {
        this.#fail(
          bodyFailure(error, this.request, this.#prepared.timeouts, this.#received, this.contentLength),
        )
      },
    })
  }

  #fail(error: unknown): void {
    const failure = failureOf('A listener of this stream', error)
    this.destroy(failure instanceof Dhis2ClientError ? failure.during(this.request) : failure)
  }

  #push(chunk: Buffer): void {
    if (!this.push(chunk)) this.#body?.pause()
  }
}

/** Of a signal without a limit Node says that it is none. */
function limitOf(signal: AbortSignal): number {
  try {
    return getMaxListeners(signal) || Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** Of the decoded body: what a proxy compressed has another length on the wire. */
function lengthOf(response: Exchange): number | undefined {
  const length = headerOf(response, 'content-length')
  return length === undefined || codingsOf(response).length ? undefined : Number(length)
}
