import { isTelling, keptBytes, looksRight } from './content.ts'
import { Gathered } from './gathered.ts'

const mark = Buffer.from('\ufeff')

/** How many bytes of a body are waited for at most, blanks before them aside, before some of it is handed on. */
const sniffedBytes = 512

/**
 * The first bytes of a body with status 200, until they tell whether it is what the endpoint serves. What is not is
 * gathered further, to be told in full. That is judged once, and what a server sends a byte at a time takes no longer.
 */
export class Beginning {
  readonly #format: string
  readonly #contentType: string | undefined
  readonly #gathered = new Gathered()
  /** How many blanks there are before anything else. */
  #blanks = 0
  #isRight: boolean | undefined

  constructor(format: string, contentType: string | undefined) {
    this.#format = format
    this.#contentType = contentType
  }

  /** All bytes so far. */
  get bytes(): Buffer {
    return this.#gathered.bytes()
  }

  /** Whether it looks right; undefined while that can't be told, or more is wanted of what does not. */
  add(chunk: Buffer): boolean | undefined {
    this.#gathered.add(chunk)
    const isFull = this.#gathered.length >= keptBytes
    if (this.#isRight === undefined && (isFull || this.#isTelling())) this.end()
    return this.#isRight === false && !isFull ? undefined : this.#isRight
  }

  /** Whether it looks right, now that no more comes. */
  end(): boolean {
    this.#isRight ??= looksRight(this.bytes, this.#format, this.#contentType)
    return this.#isRight
  }

  #isTelling(): boolean {
    const { bytes } = this
    if (this.#blanks === 0 && bytes[0] === mark[0]) {
      if (bytes.length < mark.length) return false
      if (bytes.subarray(0, mark.length).equals(mark)) this.#blanks = mark.length
    }
    while (isBlank(bytes[this.#blanks])) this.#blanks += 1
    const head = bytes.subarray(this.#blanks, this.#blanks + sniffedBytes)
    return head.length === sniffedBytes || isTelling(head, this.#format)
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
}
