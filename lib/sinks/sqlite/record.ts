import type { Bytes } from './bytes.ts'
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

/**
 * Writes the record of a row with such a header, and returns where it ends. Up to 3 bytes behind that are written over, as
 * bytes go four at a time: most cells are so short that a call would take longer.
 */
export function writeRecord(
  target: Bytes,
  at: number,
  header: number,
  columns: readonly StoredColumn[],
  row: number,
): number {
  let type = writeVarint(target.bytes, at, header)
  let end = at + header
  for (const { cells, places } of columns) {
    const place = places[row]!
    type = writeVarint(target.bytes, type, cells.types[place]!)
    const start = cells.starts[place]!
    const length = cells.starts[place + 1]! - start
    const from = cells.memory.view
    for (let i = 0; i < length; i += 4) target.view.setUint32(end + i, from.getUint32(start + i))
    end += length
  }
  return end
}
