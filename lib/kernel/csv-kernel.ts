import { isUtf8 } from 'node:buffer'
import { type Kernel, newKernel } from './kernel.ts'
import { KernelMemory, padding, unlessFull } from './kernel-memory.ts'

/** Where the bytes of the JSON are: what the module has in memory itself is in front. */
const input = 1024

/** What of a dialect the kernel has to know. Marks are bytes. */
export interface CsvMarks {
  readonly delimiter: number
  readonly quote: number
  readonly crlf: boolean
  readonly escapeFormulas: boolean
  /** Whether numbers, booleans and nulls may be written as they are. */
  readonly takesWords: boolean
}

/** Writes the rows of a grid as CSV, a piece of the body at a time. One serves all streams, as each call is whole. */
export class CsvKernel {
  readonly #kernel: Kernel
  readonly #memory: KernelMemory
  #piece: Buffer | undefined
  #out = 0

  private constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#memory = new KernelMemory(kernel)
  }

  /** Undefined where the machine has none. */
  static readonly create = (): CsvKernel | undefined => {
    const kernel = newKernel()
    return kernel && new CsvKernel(kernel)
  }

  /** Whether the last run ended at the bracket behind the last row. */
  get closed(): boolean {
    return this.#kernel.csvClosed.value === 1
  }

  /** How many rows the last run took. */
  get rowCount(): number {
    return this.#kernel.csvRows.value
  }

  /** What the last run wrote: valid until the next. */
  get written(): Buffer {
    return this.#memory.bytes.subarray(this.#out, this.#out + this.#kernel.csvLength.value)
  }

  /**
   * Takes rows of `width` cells from `from` on, as far as they are whole, plain, and in valid UTF-8: returns the start of
   * the first that is not, or the place of the closing bracket.
   */
  run(piece: Buffer, from: number, width: number, marks: CsvMarks): number {
    const isLoaded = piece === this.#piece || unlessFull(() => this.#load(piece))
    if (!isLoaded) return from
    const flags = (marks.crlf ? 1 : 0) | (marks.escapeFormulas ? 2 : 0) | (marks.takesWords ? 4 : 0)
    const { delimiter, quote } = marks
    const stop = this.#kernel.csv(input + from, width, this.#out, delimiter, quote, flags) - input
    return stop > from && !isUtf8(piece.subarray(from, stop)) ? from : stop
  }

  #load(piece: Buffer): true {
    const out = input + piece.length + padding
    this.#memory.reserve(out + piece.length * 2 + padding)
    this.#memory.load(piece, input)
    this.#piece = piece
    this.#out = out
    return true
  }
}
