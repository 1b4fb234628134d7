export const quote = 0x22
export const comma = 0x2c
export const colon = 0x3a
export const openBracket = 0x5b
export const backslash = 0x5c
export const closeBracket = 0x5d
export const openBrace = 0x7b
export const closeBrace = 0x7d

/** Whether it is what JSON takes for white space. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** How deep a value may nest; deeper ones are refused before they can exhaust a stack. */
export const maxDepth = 1000

/** What an array or an object, and each value and each key in it, takes in memory beyond its bytes, roughly. */
export const nestedBytes = 32
const valueBytes = 16
const keyBytes = 16

/**
 * A walk over the bytes of JSON that knows only strings and depth, and can stop between any two bytes. It finds
 * where a value ends; whether the value is well-formed is for `JSON.parse` to say. All its marks are ASCII, so it
 * never stops inside a character.
 */
export class Scanner {
  depth = 0
  /** What the values walked over take in memory beyond their bytes, roughly. */
  extraBytes = 0
  #inString = false
  #escaped = false

  reset(): void {
    this.depth = 0
    this.extraBytes = 0
    this.#inString = false
    this.#escaped = false
  }

  /**
   * Walks on to the byte that brings the depth below zero, to a comma at depth zero, or to an opening one too deep;
   * -1 where none comes.
   */
  next(bytes: Uint8Array, from: number): number {
    const end = bytes.length
    let i = from
    while (i < end) {
      if (this.#inString) {
        i = this.#skipString(bytes, i)
        continue
      }
      switch (bytes[i]) {
        case quote:
          this.#inString = true
          break
        case openBracket:
        case openBrace:
          this.extraBytes += nestedBytes
          if (++this.depth > maxDepth) return i
          break
        case closeBracket:
        case closeBrace:
          if (--this.depth < 0) return i
          break
        case colon:
          this.extraBytes += keyBytes
          break
        case comma:
          this.extraBytes += valueBytes
          if (this.depth === 0) return i
      }
      i++
    }
    return -1
  }

  #skipString(bytes: Uint8Array, from: number): number {
    const end = bytes.length
    let i = from
    if (this.#escaped && i < end) {
      this.#escaped = false
      i++
    }
    for (; i < end; i++) {
      const byte = bytes[i]
      if (byte === quote) {
        this.#inString = false
        return i + 1
      }
      if (byte === backslash && ++i === end) this.#escaped = true
    }
    return end
  }
}
