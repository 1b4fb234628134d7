import { Transform, type TransformCallback } from 'node:stream'
import { endingWell } from '../streams/ending.ts'
import type { Gives, gives } from '../streams/gives.ts'

/** A transform of this package. */
export abstract class Stage extends endingWell(Transform) {
  abstract readonly [gives]: Gives
  #resume: (() => void) | undefined

  override _read(size: number): void {
    this.goOn()
    // Transform keeps the callback of a chunk that ends in here for the next `_read`: this one.
    super._read(size)
  }

  /**
   * Hands on what is made of a chunk, a slice at a time and no faster than they are taken: where `hand` says that no
   * more is wanted, it waits for the next read or for `goOn`. What making one throws is what it fails with.
   */
  protected pass<Slice>(
    slices: Iterator<Slice, void>,
    hand: (slice: Slice) => boolean,
    done: TransformCallback,
  ): void {
    for (;;) {
      let slice: IteratorResult<Slice, void>
      try {
        slice = slices.next()
      } catch (error) {
        return done(this.failureOf(error))
      }
      if (slice.done) return done()
      if (hand(slice.value)) continue
      this.#resume = () => this.pass(slices, hand, done)
      return
    }
  }

  /** Whether a chunk is not all passed on yet. */
  protected get isWaiting(): boolean {
    return this.#resume !== undefined
  }

  /** More is wanted again. */
  protected goOn(): void {
    const resume = this.#resume
    this.#resume = undefined
    // A stage behind that is destroyed lets go of the slice it had.
    if (!this.destroyed) resume?.()
  }

  /** What to fail with, where something was thrown. */
  protected failureOf(thrown: unknown): Error {
    return thrown as Error
  }
}
