/** Bytes gathered in one place: a body in chunks of a byte each would take hundreds of times its length as chunks. */
export class Gathered {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  add(chunk: Buffer): void {
    // Most often all there is to gather.
    if (this.#length === 0) {
      this.#bytes = chunk
      this.#length = chunk.length
      return
    }
    const needed = this.#length + chunk.length
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 1024, this.#bytes.length * 2))
      larger.set(this.bytes())
      this.#bytes = larger
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = needed
  }

  /** What is there; it stays as it is. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
