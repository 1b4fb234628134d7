import { parseJson } from './bytes.ts'
import { ElementSlicer } from './element-slicer.ts'

/** Where one object of a compact list ends and the next begins, unless it is inside a string or nested. */
const boundary = Buffer.from('},{')
const opening = Buffer.from('[')
const closing = Buffer.from(']')

/**
 * Cuts the inside of an array of objects into slices for `JSON.parse`: up to the last thing in a piece that looks like
 * a boundary, which the parse proves, as what was cut inside a string or a nested value does not parse.
 */
export class ObjectSlicer extends ElementSlicer {
  #objects: unknown[] = []
  #piece: Buffer | undefined

  /** `offset` is where the first object would start in the body, in bytes. */
  constructor(offset: number) {
    super('value', offset)
  }

  /** What ended since the last call. */
  take(): unknown[] {
    const objects = this.#objects
    this.#objects = []
    return objects
  }

  /** Tried once a piece: behind the last boundary there is no other, and what misled it would do so again. */
  protected override run(piece: Buffer, from: number): number {
    if (piece === this.#piece) return from
    this.#piece = piece
    const at = piece.lastIndexOf(boundary)
    if (at < from) return from
    try {
      const slice = piece.subarray(from, at + 1)
      const objects = parseJson(Buffer.concat([opening, slice, closing])) as unknown[]
      for (const each of objects) this.#objects.push(each)
      return at + 2
    } catch {
      return from
    }
  }

  protected override add(object: unknown): void {
    this.#objects.push(object)
  }
}
