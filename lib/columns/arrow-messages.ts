import { FlatBytes, type Slot, type Write } from './flat-bytes.ts'

/** What a column is in Arrow. `codes` are whole numbers of so many bits into a dictionary of text. */
export type ArrowType =
  | { readonly name: 'float64' | 'bool' | 'date32' | 'timestamp' | 'utf8' }
  | { readonly name: 'codes'; readonly bits: 16 | 32 }

export interface ArrowField {
  readonly name: string
  readonly type: ArrowType
}

/** A column of a batch: its buffers in Arrow's order, an empty one for the bits of which cells there are if all are. */
export interface Vector {
  readonly length: number
  readonly nulls: number
  readonly buffers: readonly Uint8Array[]
}

/** Numbers of Arrow's own tables: of version 5 of the format. */
const version: Slot = [2, 4]
const kinds = { schema: 1, dictionary: 2, batch: 3 } as const
const types = { int: 2, float: 3, utf8: 5, bool: 6, date: 8, timestamp: 10 } as const
const [doublePrecision, days, milliseconds] = [2, 0, 1]

/** Whoever reads streams finds this, or the end of the bytes, behind the last message. */
export const endMark = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])

/** The number of a column is that of its dictionary. */
export function schemaMessage(
  fields: readonly ArrowField[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const pairs = Object.entries(metadata).map(
    ([key, value]): Write =>
      (bytes) =>
        bytes.table([(to) => to.text(key), (to) => to.text(value)]),
  )
  return message(
    kinds.schema,
    (bytes) => bytes.table([undefined, (to) => to.vector(fields.map(fieldTable)), (to) => to.vector(pairs)]),
    [],
  )
}

/** All of a dictionary: it takes the place of the one before. */
export function dictionaryMessage(id: number, texts: Vector): Buffer {
  const batch = batchTable(texts.length, [texts])
  return message(kinds.dictionary, (bytes) => bytes.table([[8, id], batch]), texts.buffers)
}

export function batchMessage(length: number, vectors: readonly Vector[]): Buffer {
  return message(
    kinds.batch,
    batchTable(length, vectors),
    vectors.flatMap(({ buffers }) => buffers),
  )
}

function fieldTable({ name, type }: ArrowField, id: number): Write {
  const isCoded = type.name === 'codes'
  const [typeNumber, typeTable] = isCoded ? ([types.utf8, []] as const) : typeOf(type.name)
  const dictionary: Slot = isCoded
    ? (bytes) =>
        bytes.table([
          [8, id],
          (to) =>
            to.table([
              [4, type.bits],
              [1, 1],
            ]),
        ])
    : undefined
  const isNullable: Slot = [1, 1]
  return (bytes) =>
    bytes.table([
      (to) => to.text(name),
      isNullable,
      [1, typeNumber],
      (to) => to.table(typeTable),
      dictionary,
      // Readers in C++ refuse a field without a list of its children.
      (to) => to.vector([]),
    ])
}

function typeOf(
  name: 'float64' | 'bool' | 'date32' | 'timestamp' | 'utf8',
): readonly [number, readonly Slot[]] {
  switch (name) {
    case 'float64':
      return [types.float, [[2, doublePrecision]]]
    case 'bool':
      return [types.bool, []]
    case 'date32':
      return [types.date, [[2, days]]]
    case 'timestamp':
      return [types.timestamp, [[2, milliseconds]]]
    case 'utf8':
      return [types.utf8, []]
  }
}

function batchTable(length: number, vectors: readonly Vector[]): Write {
  const nodes = vectors.map((vector): [number, number] => [vector.length, vector.nulls])
  const places: [number, number][] = []
  let at = 0
  for (const { buffers } of vectors) {
    for (const buffer of buffers) {
      places.push([at, buffer.length])
      at += padded(buffer.length)
    }
  }
  return (bytes) => bytes.table([[8, length], (to) => to.pairs(nodes), (to) => to.pairs(places)])
}

function message(kind: number, header: Write, body: readonly Uint8Array[]): Buffer {
  let bodyLength = 0
  for (const buffer of body) bodyLength += padded(buffer.length)
  const head = FlatBytes.of((bytes) => bytes.table([version, [1, kind], header, [8, bodyLength]]))
  const bytes = Buffer.allocUnsafe(8 + head.length + bodyLength)
  bytes.writeUInt32LE(0xffffffff)
  bytes.writeUInt32LE(head.length, 4)
  bytes.set(head, 8)
  let at = 8 + head.length
  for (const buffer of body) {
    bytes.set(buffer, at)
    bytes.fill(0, at + buffer.length, at + padded(buffer.length))
    at += padded(buffer.length)
  }
  return bytes
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}
