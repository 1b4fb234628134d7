import type { Kernel } from './kernel.ts'

const pageBytes = 64 * 1024

/** Behind what the kernel reads and in front of what it writes: zeros, which stop it, and room to overshoot. */
export const padding = 64

const zeros = new Uint8Array(padding)

/** The memory of a kernel, which grows. */
export class KernelMemory {
  readonly #kernel: Kernel
  bytes: Buffer
  words: Uint32Array

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    const { buffer } = kernel.memory
    this.bytes = Buffer.from(buffer)
    this.words = new Uint32Array(buffer)
  }

  /** Makes sure that there are so many bytes. @throws RangeError where the machine has no more */
  reserve(end: number): void {
    if (end <= this.bytes.length) return
    // Doubled, as every growth makes new views of it.
    const wanted = Math.max(end, this.bytes.length * 2)
    this.#kernel.memory.grow(Math.ceil((wanted - this.bytes.length) / pageBytes))
    const { buffer } = this.#kernel.memory
    this.bytes = Buffer.from(buffer)
    this.words = new Uint32Array(buffer)
  }

  /** Puts a piece of a body at `address`, and zeros behind it. */
  load(piece: Uint8Array, address: number): void {
    this.bytes.set(piece, address)
    this.bytes.set(zeros, address + piece.length)
  }
}

/** What `work` gives; undefined where the machine has no more memory for a kernel. */
export function unlessFull<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
