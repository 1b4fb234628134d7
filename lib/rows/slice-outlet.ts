import type { Readable, Writable } from 'node:stream'
import type { Slice, Wanted } from './slices.ts'

/** Where a stream writes slices to, while the stage behind it that asked for them is its only reader. */
export class SliceOutlet {
  readonly #stream: Readable
  readonly #onDrain: () => void
  #sink: Writable | undefined
  #wanted: Wanted | undefined

  /** `onDrain` is called when more may be written, by this way or another. */
  constructor(stream: Readable, onDrain: () => void) {
    this.#stream = stream
    this.#onDrain = onDrain
  }

  /** What the stage behind wants; undefined where it is not the only reader, or rows are still on their way to it. */
  get wanted(): Wanted | undefined {
    const stream = this.#stream
    if (!this.#wanted || stream.readableFlowing !== true || stream.readableLength > 0) return undefined
    return stream.listenerCount('data') + stream.listenerCount('readable') === 1 ? this.#wanted : undefined
  }

  open(sink: Writable, wanted: Wanted): void {
    const onDrain = this.#onDrain
    this.#sink = sink
    this.#wanted = wanted
    sink.on('drain', onDrain)
    sink.once('unpipe', () => {
      sink.off('drain', onDrain)
      this.#wanted = undefined
      onDrain()
    })
  }

  /** Whether more is wanted. */
  write(slice: Slice): boolean {
    return this.#sink!.write(slice)
  }
}
