import type { TransformCallback } from 'node:stream'
import { type RequestSummary, TruncatedResponseError } from '../errors.ts'
import { RowParser } from '../transforms/parse-rows.ts'

/** `parseRows` for an SQL view that was asked for whole: fails where a page came of something longer. */
export class ViewParser extends RowParser {
  readonly #asked: RequestSummary

  constructor(asked: RequestSummary) {
    super({ path: 'listGrid' })
    this.#asked = asked
  }

  override _flush(done: TransformCallback): void {
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
