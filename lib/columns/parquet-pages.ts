import type { Codec } from './compression.ts'
import type { ParquetValues } from './parquet-values.ts'
import { bitsOf, hybrid, oneRun } from './runs.ts'
import { i32, struct, ThriftBytes } from './thrift.ts'

const pageTypes = { data: 0, dictionary: 2 } as const
/** How values and levels are written, by Parquet's numbers. */
export const encodings = { plain: 0, runs: 3, codes: 8 } as const

export interface Pages {
  readonly bytes: readonly Buffer[]
  /** How many bytes the dictionary takes, which lies in front; undefined where there is none. */
  readonly dictionaryLength: number | undefined
  readonly length: number
  readonly uncompressedLength: number
}

/** The pages of a column in a row group: a dictionary, if it has one, and one of data. */
export function pagesOf(values: ParquetValues, cellCount: number, codec: Codec): Pages {
  const { codes, plain, entryCount } = values
  const data = dataPage(values, cellCount, codec)
  if (!codes) return { ...sizes([data]), dictionaryLength: undefined }
  const header = { 1: i32(entryCount), 2: i32(encodings.plain) }
  const dictionary = page(pageTypes.dictionary, 7, header, plain, codec)
  return { ...sizes([dictionary, data]), dictionaryLength: lengthOf(dictionary) }
}

function dataPage(values: ParquetValues, cellCount: number, codec: Codec): Page {
  const { codes, plain, entryCount } = values
  const levels = levelBytes(values)
  const header = {
    1: i32(cellCount),
    2: i32(codes ? encodings.codes : encodings.plain),
    3: i32(encodings.runs),
    4: i32(encodings.runs),
  }
  const body = codes
    ? Buffer.concat([levels, ...codeBytes(codes, entryCount)])
    : Buffer.concat([levels, plain])
  return page(pageTypes.data, 5, header, body, codec)
}

/** Which cells are there, behind the length of that. */
function levelBytes({ levels, count }: ParquetValues): Buffer {
  const runs = levels ? hybrid(levels, 1) : oneRun(1, count, 1)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(runs.length)
  return Buffer.concat([length, runs])
}

function codeBytes(codes: Int32Array, entryCount: number): Buffer[] {
  const bits = Math.max(1, bitsOf(entryCount - 1))
  return [Buffer.of(bits), hybrid(codes, bits)]
}

interface Page {
  readonly head: Buffer
  readonly body: Buffer
  readonly uncompressedLength: number
}

function page(
  type: number,
  field: number,
  header: Readonly<Record<number, ReturnType<typeof i32>>>,
  uncompressed: Buffer,
  codec: Codec,
): Page {
  const body = codec.compress(uncompressed)
  const head = ThriftBytes.of(
    struct({ 1: i32(type), 2: i32(uncompressed.length), 3: i32(body.length), [field]: struct(header) }),
  )
  return { head, body, uncompressedLength: head.length + uncompressed.length }
}

function lengthOf({ head, body }: Page): number {
  return head.length + body.length
}

function sizes(pages: readonly Page[]): Omit<Pages, 'dictionaryLength'> {
  let length = 0
  let uncompressedLength = 0
  for (const page of pages) {
    length += lengthOf(page)
    uncompressedLength += page.uncompressedLength
  }
  return { bytes: pages.flatMap(({ head, body }) => [head, body]), length, uncompressedLength }
}
