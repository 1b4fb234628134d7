import type { Readable, Writable } from 'node:stream'
import type { Slice, Wanted } from './slices.ts'

/** Where a stream writes slices to, while the stage behind it that asked for them is its only reader. */
export class SliceOutlet {
  readonly #stream: Readable
  readonly #goOn: () => void
  #sink: Writable | undefined
  #wanted: Wanted | undefined

  /** `goOn` is called when a slice was taken, and where there will be no more of them. */
  constructor(stream: Readable, goOn: () => void) {
    this.#stream = stream
    this.#goOn = goOn
  }

  /** What the stage behind wants; undefined where it is not the only reader, or rows are still on their way to it. */
  get wanted(): Wanted | undefined {
    const stream = this.#stream
    if (!this.#wanted || stream.readableFlowing !== true || stream.readableLength > 0) return undefined
    return stream.listenerCount('data') + stream.listenerCount('readable') === 1 ? this.#wanted : undefined
  }

  open(sink: Writable, wanted: Wanted): void {
    this.#sink = sink
    this.#wanted = wanted
    sink.once('unpipe', () => {
      this.#wanted = undefined
      this.#goOn()
    })
  }

  /** One is under way at a time: what was taken of an answer is not more than the stages behind have room for. */
  write(slice: Slice): void {
    this.#sink!.write(slice, () => this.#goOn())
  }
}
