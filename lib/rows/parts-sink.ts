import { Writable } from 'node:stream'
import { type Part, Slice } from './slices.ts'
import { Upstream } from './upstream.ts'

/** Keeps all that a row stream gives: a column at a time where that can be had, which takes a fraction of what rows take. */
export class PartsSink extends Writable {
  readonly parts: Part[] = []
  #rows: unknown[] | undefined

  constructor(who: string) {
    super({ objectMode: true })
    new Upstream(this, who, 'rows', { parts: 'rows' })
  }

  override _write(row: unknown, _: BufferEncoding, done: () => void): void {
    if (row instanceof Slice) {
      this.parts.push(...(row.value as readonly Part[]))
      this.#rows = undefined
    } else if (this.#rows) this.#rows.push(row)
    else {
      this.#rows = [row]
      this.parts.push(this.#rows)
    }
    done()
  }
}
