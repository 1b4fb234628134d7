import type { TransformCallback } from 'node:stream'
import { type RequestSummary, TruncatedResponseError } from '../errors.ts'
import { RowParser } from '../transforms/parse-rows.ts'

const firstKey = /^\uFEFF?\s*\{\s*"((?:[^"\\]|\\.)*)"/s

/** What a grid may begin with. */
const gridKeys = [
  'title',
  'subtitle',
  'headers',
  'metaData',
  'rowContext',
  'rows',
  'height',
  'width',
  'headerWidth',
]

/** More than the first key of any answer. */
const longestHead = 4096

/**
 * `parseRows` for an SQL view that was asked for whole: fails where a page came of something longer. The grid is under
 * `listGrid`, with a pager or nothing beside it, or on 2.36 and some builds of 2022 the body itself: the first key tells.
 */
export class ViewParser extends RowParser {
  readonly #asked: RequestSummary
  #head: Buffer | undefined = Buffer.alloc(0)

  constructor(asked: RequestSummary, signal: AbortSignal | undefined) {
    super({ signal }, true)
    this.#asked = asked
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#head) return super._transform(chunk, encoding, done)
    const head = Buffer.concat([this.#head, chunk])
    const key = firstKey.exec(head.toString('utf8', 0, longestHead))?.[1]
    if (key === undefined && head.length < longestHead) {
      this.#head = head
      return done()
    }
    this.#decide(key)
    super._transform(head, encoding, done)
  }

  override _flush(done: TransformCallback): void {
    const rest = this.#head
    if (!rest) return this.#end(done)
    this.#decide(undefined)
    super._transform(rest, 'utf8', (error) => (error ? done(error) : this.#end(done)))
  }

  #decide(key: string | undefined): void {
    this.#head = undefined
    this.begin(key !== undefined && gridKeys.includes(key) ? undefined : 'listGrid')
  }

  #end(done: TransformCallback): void {
    super._flush((error) => done(error ?? this.#missing()))
  }

  #missing(): Error | null {
    const { total } = (this.around.get('pager') ?? {}) as { total?: unknown }
    if (typeof total !== 'number' || total === this.rowCount) return null
    return new TruncatedResponseError(
      `The SQL view has ${total} rows, but ${this.rowCount} came: the server does not know paging=false`,
      { request: this.#asked, unit: 'rows', expected: total, received: this.rowCount },
    )
  }
}
