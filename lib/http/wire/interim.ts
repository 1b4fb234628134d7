const cr = 0x0d
const lf = 0x0a
const zero = 0x30
const two = 0x32

/** The question mark is any byte. */
const interimLine = 'HTTP/1.1 10?'

/**
 * Goes through the bytes of a connection and makes `102` of each `100 Continue` before a response, which undici takes for
 * a bad one. RFC 9110, 15.2, has clients read on behind any interim response; those of other numbers undici does.
 */
export class InterimResponses {
  #place: 'line' | 'headers' | 'response' = 'response'
  #at = 0
  #isLineEmpty = false

  /** A request goes out: what comes next is the beginning of its response. */
  expect(): void {
    this.#place = 'line'
    this.#at = 0
  }

  /** Looks through bytes in place, up to where the response itself begins. */
  rename(bytes: Buffer): void {
    for (let i = 0; i < bytes.length && this.#place !== 'response'; i++) {
      if (this.#place === 'line') this.#readLine(bytes, i)
      else this.#readHeaders(bytes[i]!)
    }
  }

  #readLine(bytes: Buffer, i: number): void {
    const expected = interimLine[this.#at]!
    const isLast = this.#at === interimLine.length - 1
    if (expected !== '?' && bytes[i] !== expected.charCodeAt(0)) this.#place = 'response'
    this.#at += 1
    if (!isLast || this.#place === 'response') return
    if (bytes[i] === zero) bytes[i] = two
    this.#place = 'headers'
    this.#isLineEmpty = false
  }

  #readHeaders(byte: number): void {
    if (byte === cr) return
    if (byte === lf && this.#isLineEmpty) this.expect()
    else this.#isLineEmpty = byte === lf
  }
}
