import type { StoredColumn } from './stored-cells.ts'
import { varintLength, writeVarint } from './varint.ts'

/** How long the record of a row is, and its header in front, which has the types of the cells. */
export interface RecordLength {
  header: number
  whole: number
}

/** Measures the record of a row, into an object that can be used again. */
export function measure(length: RecordLength, columns: readonly StoredColumn[], row: number): void {
  let types = 0
  let bytes = 0
  for (const { cells, places } of columns) {
    const place = places[row]!
    types += varintLength(cells.types[place]!)
    bytes += cells.starts[place + 1]! - cells.starts[place]!
  }
  // The header begins with its own length.
  length.header = types + 1
  while (length.header < types + varintLength(length.header)) length.header += 1
  length.whole = length.header + bytes
}

/** Writes the record of a row with such a header, and returns where it ends. */
export function writeRecord(
  target: Buffer,
  at: number,
  header: number,
  columns: readonly StoredColumn[],
  row: number,
): number {
  let type = writeVarint(target, at, header)
  let end = at + header
  for (const { cells, places } of columns) {
    const place = places[row]!
    type = writeVarint(target, type, cells.types[place]!)
    const last = cells.starts[place + 1]!
    const { bytes } = cells
    // Most are so short that a call would take longer.
    for (let i = cells.starts[place]!; i < last; i++) target[end++] = bytes[i]!
  }
  return end
}
