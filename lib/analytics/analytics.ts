import { pipeline } from 'node:stream'
import { pipeline as finished } from 'node:stream/promises'
import { z } from 'zod'
import type { Grid } from '../grid/grid.ts'
import type { BodyStream } from '../http/body-stream.ts'
import type { Connection } from '../http/connection.ts'
import type { Get } from '../http/open.ts'
import { type CallOptions, callOptionsSchema, callOptionsShape } from '../http/options.ts'
import { checkDestination, type Destination, FileSink, pathOf } from '../sinks/file.ts'
import { countBytes, type Progress } from '../transforms/count-bytes.ts'
import { parseRows } from '../transforms/parse-rows.ts'
import type { RowTransform } from '../transforms/row-stream.ts'
import { validate } from '../validate.ts'
import { collect } from './collect.ts'
import { type AnalyticsQuery, targetOf } from './query.ts'
import { startingOver } from './start-over.ts'

export interface StreamToOptions extends CallOptions {
  /** How many bytes are written at a time. Default 1 MiB. */
  chunkSize?: number | undefined
  /** Told of the bytes that came, ten times a second at most and once at the end. An attempt anew starts at 0. */
  onProgress?: ((progress: Progress) => void) | undefined
}

const streamToSchema = z.strictObject({
  ...callOptionsShape,
  chunkSize: z
    .int({ error: 'must be a whole number of bytes, 1 or more' })
    .min(1)
    .max(1024 ** 3)
    .optional(),
  onProgress: z
    .custom<(progress: Progress) => void>((value) => typeof value === 'function', {
      error: 'must be a function',
    })
    .optional(),
})

/** The analytics of one server. Get it as `client.analytics`. */
export class Analytics {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * The body of the answer: a Readable of bytes in the endpoint's format, decompressed. The request is sent on the
   * first read and tried again while it has no response; a body that breaks off fails the stream.
   *
   * Emits `'response'` with status, headers and content length before the first byte. Destroying it closes the socket.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family.
   */
  stream(query: AnalyticsQuery, options: CallOptions = {}): BodyStream {
    const checked = validate(callOptionsSchema, options, 'stream options') as CallOptions
    return this.#connection.body(this.#get(query, checked), checked)
  }

  /**
   * The rows of the answer, one by one: `stream()` and `parseRows()` in one. Announces its headers as every row
   * stream does, and ends both when it is destroyed or a `for await` is left.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family.
   */
  rows(query: AnalyticsQuery, options: CallOptions = {}): RowTransform {
    const body = this.stream(query, options)
    // Whatever goes wrong destroys the parser with it, which is where it is listened to.
    return pipeline(body, parseRows(), () => undefined) as RowTransform
  }

  /**
   * The whole answer as a Grid, in memory. A body that breaks off is asked for anew, within the retries.
   *
   * @throws every error of the family; an AbortError where `signal` says so.
   */
  async aggregate(query: AnalyticsQuery, options: CallOptions = {}): Promise<Grid> {
    const checked = validate(callOptionsSchema, options, 'aggregate options') as CallOptions
    const get = this.#get(query, checked)
    return startingOver(get.budget, checked.signal, () => collect(this.#connection.body(get, checked)))
  }

  /**
   * Writes the answer of any endpoint to a file, as it came but decompressed, and resolves to the bytes written.
   *
   * The file appears whole or not at all: bytes go to `<name>.<random>.partial` beside it, which is renamed when all is
   * there. Missing directories are made. A body that breaks off is asked for anew, within the retries. On failure an
   * old file of that name is as it was and nothing else is left.
   *
   * @throws every error of the family, DestinationError where the file can't be written; an AbortError where `signal`
   * says so.
   */
  async streamTo(
    destination: Destination,
    query: AnalyticsQuery,
    options: StreamToOptions = {},
  ): Promise<number> {
    const {
      chunkSize = 1024 * 1024,
      onProgress,
      ...call
    } = validate(streamToSchema, options, 'streamTo options') as StreamToOptions
    const path = pathOf(destination)
    const get = this.#get(query, call)
    await checkDestination(path)
    return startingOver(get.budget, call.signal, async () => {
      const counter = countBytes({ onProgress })
      await finished(this.#connection.body(get, call), counter, new FileSink(path, chunkSize))
      return counter.transferredBytes
    })
  }

  #get(query: AnalyticsQuery, options: CallOptions): Get {
    const { endpoint, search } = targetOf(query)
    return this.#connection.get(endpoint, search, options)
  }
}
