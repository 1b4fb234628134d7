import { wasm } from './wasm.ts'

/** The functions of the compiled module, in assembly/, where they are described. Addresses are of `memory`, in bytes. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }

  csv(from: number, width: number, out: number, delimiter: number, quote: number, flags: number): number
  readonly csvLength: Global
  readonly csvRows: Global
  readonly csvClosed: Global

  cells(base: number, from: number, width: number, columns: number, out: number, most: number): number
  setArena(from: number, to: number): void
  rehash(column: number, table: number, mask: number): void
  readonly cellsRows: Global
  readonly cellsClosed: Global
  readonly cellsLack: Global

  lines(
    columns: number,
    width: number,
    from: number,
    to: number,
    out: number,
    end: number,
    closing: number,
    closingLength: number,
  ): number
  cutFragments(
    cuts: number,
    count: number,
    base: number,
    around: number,
    marks: number,
    quote: number,
    fragments: number,
    odd: number,
    quoted: number,
  ): number
  readonly quotedEnd: Global
  decimalFragments(cuts: number, count: number, base: number, fragments: number, odd: number): number
  spread(fragments: number, odd: number, from: number, to: number, text: number, isAscii: boolean): void
  readonly linesLength: Global
}

interface Global {
  readonly value: number
}

/** What of the standard is used here: @types/node has none of it. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

let compiled: object | undefined

/** One with a memory of its own; undefined where there is no WebAssembly with SIMD, or no room for the memory. */
export function newKernel(): Kernel | undefined {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
  try {
    compiled ??= new WebAssembly.Module(Buffer.from(wasm, 'base64'))
    return new WebAssembly.Instance(compiled).exports as Kernel
  } catch {
    return undefined
  }
}
