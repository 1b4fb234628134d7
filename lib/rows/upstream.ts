import type { Readable, Writable } from 'node:stream'
import { QueryError, type RequestSummary } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { noBytes, noRow } from './misplaced.ts'
import { type SliceSource, slices, type Wanted } from './slices.ts'

/** What a stream of this package tells those behind it, each as far as it knows. */
interface Telling extends Readable {
  readonly [gives]?: Gives
  readonly headers?: readonly Header[] | undefined
  readonly metaData?: MetaData | undefined
  readonly request?: RequestSummary | undefined
  readonly contentLength?: number | undefined
  readonly [slices]?: SliceSource[typeof slices]
}

/** With the form that rows are wanted in, where the stream in front can give them so. */
interface UpstreamOptions extends Wanted {
  /** Called once, before the first row. */
  readonly onHeaders?: (headers: readonly Header[]) => void
}

/**
 * The stream in front of a stage: the one place that reads what it tells. Of a foreign stream, which tells nothing,
 * everything is undefined.
 *
 * A stage is piped into once. A further stream, or one that comes when the stage has ended, fails with a QueryError;
 * but for one that comes when the one before has ended without ending the stage (`end: false`), and has the same columns.
 * So does a stream of bytes where rows are wanted, and the other way round.
 */
export class Upstream {
  readonly #stage: Writable
  readonly #who: string
  readonly #takes: 'bytes' | 'rows'
  readonly #options: UpstreamOptions
  #piped: Readable | undefined
  #source: Telling | undefined
  #headers: readonly Header[] | undefined
  #isForeign = false

  constructor(stage: Writable, who: string, takes: 'bytes' | 'rows', options: UpstreamOptions = {}) {
    this.#stage = stage
    this.#who = who
    this.#takes = takes
    this.#options = options
    stage.on('pipe', (source: Telling) => this.#meet(source))
    stage.on('unpipe', (source: Readable) => {
      if (this.#piped === source) this.#piped = undefined
    })
    if (takes === 'bytes') this.#refuseRows()
    stage.once('finish', () => this.#refuseMore())
  }

  /** What comes out of it. */
  get gives(): Gives | undefined {
    return this.#source?.[gives]
  }

  /** Of its rows, once they are announced; an empty list where they came without. */
  get headers(): readonly Header[] | undefined {
    return this.#headers
  }

  /** As it is now: of a list it gains the items of each answer. */
  get metaData(): MetaData | undefined {
    return this.#source?.metaData
  }

  /** Whose answer this is. */
  get request(): RequestSummary | undefined {
    return this.#source?.request
  }

  get contentLength(): number | undefined {
    return this.#source?.contentLength
  }

  #meet(source: Telling): void {
    const refusal = this.#refusalOf(source)
    if (refusal) return this.#refuse(source, refusal)
    this.#piped = source
    if (source[gives] === undefined) {
      this.#isForeign = true
      return
    }
    this.#source = source
    if (this.#takes === 'bytes') return
    const { taker, parts } = this.#options
    if (taker || parts) source[slices]?.(this.#stage, { taker, parts })
    const tell = () => this.#hear(source)
    if (source.headers) return tell()
    source.once('headers', tell)
    this.#stage.once('unpipe', () => source.off('headers', tell))
  }

  #refusalOf(source: Telling): Error | undefined {
    // Its own error is on its way.
    if (this.#stage.errored && !this.#stage.closed) return this.#stage.errored
    if (this.#stage.writableEnded || this.#stage.destroyed) {
      return this.#ended()
    }
    if (this.#piped && this.#piped !== source) {
      return new QueryError(`${this.#who}: another stream is piped into this one; make one for each pipeline`)
    }
    const given = source[gives]
    if (this.#takes === 'bytes')
      return given === undefined || given === 'bytes' ? undefined : noBytes(this.#who)
    if (given === 'bytes') return noRow(this.#who, new Uint8Array())
    return undefined
  }

  #hear(source: Telling): void {
    const headers = source.headers ?? []
    if (!this.#headers && !this.#isForeign) {
      this.#headers = headers
      this.#options.onHeaders?.(headers)
    } else if (namesOf(headers) !== namesOf(this.#headers ?? [])) this.#refuse(source, this.#otherColumns())
  }

  #ended(): QueryError {
    return new QueryError(`${this.#who}: this one has ended already; make another for each pipeline`)
  }

  #otherColumns(): QueryError {
    return new QueryError(
      `${this.#who}: the streams piped into it one after the other have other columns; put selectColumns() behind each`,
    )
  }

  /** Whoever can still fail does: what has ended already tells nobody any more. */
  #refuse(source: Readable, error: Error): void {
    source.unpipe(this.#stage)
    const failing = this.#stage.writableEnded || this.#stage.destroyed ? source : this.#stage
    failing.destroy(error)
  }

  /** An iterable in front of a stage writes to it without piping, and would wait for ever for one that is gone. */
  #refuseMore(): void {
    const stage = this.#stage
    stage.write = () => {
      if (stage.destroyed) throw this.#ended()
      stage.destroy(this.#ended())
      return false
    }
  }

  /** In place of Node's error, which is thrown inside whoever writes and ends the process. */
  #refuseRows(): void {
    const stage = this.#stage
    const write = stage.write.bind(stage) as (chunk: unknown, ...rest: unknown[]) => boolean
    stage.write = (chunk: unknown, ...rest: unknown[]) => {
      if (typeof chunk === 'string' || ArrayBuffer.isView(chunk)) return write(chunk, ...rest)
      stage.destroy(noBytes(this.#who))
      return false
    }
  }
}

function namesOf(headers: readonly Header[]): string {
  return JSON.stringify(headers.map(({ name }) => name))
}
