import { encodings, type Pages } from './parquet-pages.ts'
import type { Range } from './parquet-plain.ts'
import { type ParquetType, physicalType, typeFields } from './parquet-types.ts'
import { binary, i32, i64, list, struct, ThriftBytes, type ThriftValue } from './thrift.ts'

export const magic = Buffer.from('PAR1')

export interface ParquetField {
  readonly name: string
  readonly type: ParquetType
}

/** What there is to know of a column in a row group. */
export interface Chunk {
  readonly field: ParquetField
  readonly pages: Pages
  readonly cellCount: number
  readonly nullCount: number
  readonly range: Range | undefined
  /** The number of the codec. */
  readonly codec: number
}

const isNullable = i32(1)

/** What the footer says of a row group that begins at this byte. Written at once: of a long file there are many. */
export function rowGroup(chunks: readonly Chunk[], rowCount: number, offset: number): ThriftValue {
  let at = offset
  let length = 0
  let uncompressedLength = 0
  const columns = chunks.map((chunk) => {
    const column = columnChunk(chunk, at)
    at += chunk.pages.length
    length += chunk.pages.length
    uncompressedLength += chunk.pages.uncompressedLength
    return column
  })
  const group = struct({
    1: list(columns),
    2: i64(uncompressedLength),
    3: i64(rowCount),
    5: i64(offset),
    6: i64(length),
  })
  const bytes = ThriftBytes.of(group)
  return { type: group.type, write: (out) => out.bytes(bytes) }
}

/** The end of a file. */
export function footer(
  fields: readonly ParquetField[],
  rowCount: number,
  groups: readonly ThriftValue[],
  metadata: Readonly<Record<string, string>>,
  createdBy: string,
): Buffer {
  const root = struct({ 4: binary('schema'), 5: i32(fields.length) })
  const columns = fields.map(({ name, type }) =>
    struct({ ...typeFields(type), 3: isNullable, 4: binary(name) }),
  )
  // Without it no reader trusts the smallest and the largest value.
  const orderOfType = struct({ 1: struct({}) })
  const bytes = ThriftBytes.of(
    struct({
      1: i32(2),
      2: list([root, ...columns]),
      3: i64(rowCount),
      4: list(groups),
      5: list(Object.entries(metadata).map(([key, value]) => struct({ 1: binary(key), 2: binary(value) }))),
      6: binary(createdBy),
      7: list(fields.map(() => orderOfType)),
    }),
  )
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([bytes, length, magic])
}

function columnChunk(
  { field: { name, type }, pages, cellCount, nullCount, range, codec }: Chunk,
  offset: number,
): ThriftValue {
  const { dictionaryLength, length, uncompressedLength } = pages
  const isCoded = dictionaryLength !== undefined
  const used = [encodings.plain, encodings.runs, ...(isCoded ? [encodings.codes] : [])]
  const statistics = struct({
    3: i64(nullCount),
    5: range && binary(range.max),
    6: range && binary(range.min),
  })
  return struct({
    2: i64(offset),
    3: struct({
      1: physicalType(type),
      2: list(used.map(i32)),
      3: list([binary(name)]),
      4: i32(codec),
      5: i64(cellCount),
      6: i64(uncompressedLength),
      7: i64(length),
      9: i64(offset + (dictionaryLength ?? 0)),
      11: isCoded ? i64(offset) : undefined,
      12: statistics,
    }),
  })
}
