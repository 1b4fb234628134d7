const firstHalf = /[\uD800-\uDBFF]/

/**
 * The bytes of what is written to a stage, for one made with `decodeStrings: false`. Node turns each string into bytes by
 * itself, and so both halves of a surrogate pair that two strings share into U+FFFD.
 */
export class WrittenBytes {
  /** The first half of a pair. */
  #half = ''

  of(chunk: Buffer | string, encoding: BufferEncoding): Buffer {
    if (typeof chunk === 'string' && /^utf-?8$/i.test(encoding)) {
      const text = this.#half + chunk
      const isCut = firstHalf.test(text.slice(-1))
      this.#half = isCut ? text.slice(-1) : ''
      return Buffer.from(isCut ? text.slice(0, -1) : text)
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
    return this.#half ? Buffer.concat([this.rest(), bytes]) : bytes
  }

  /** What is left of it when nothing more comes: a half without another, or nothing. */
  rest(): Buffer {
    const rest = Buffer.from(this.#half)
    this.#half = ''
    return rest
  }
}
