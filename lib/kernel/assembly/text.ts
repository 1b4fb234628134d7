/**
 * Lines of text, put together from fragments: of each cell where its text is, and how long. Those of a coded column are
 * looked up by code, all others by row.
 */
import { copy } from './bytes'

/**
 * A column, in memory:
 *
 * | offset | |
 * |---|---|
 * | 0 | `u32` the codes of its cells; 0 where it has a fragment for each row |
 * | 4 | `u32` its fragments: for each the `u32` address of its bytes and the `u32` number of them |
 * | 8 | `u32` where what stands in front of each cell is; fragments by code begin with it |
 * | 12 | `u32` how many bytes that has |
 */
const columnBytes: u32 = 16

/** How many bytes the last call wrote. */
export let linesLength: u32 = 0

/**
 * Writes rows from `from` until `to` into the bytes from `out` until `end`, and returns the first for which there was no
 * room. Up to 15 bytes behind `end` are overwritten.
 */
export function lines(
  columns: u32,
  width: u32,
  from: u32,
  to: u32,
  out: u32,
  end: u32,
  closing: u32,
  closingLength: u32,
): u32 {
  const columnsEnd = columns + width * columnBytes
  let o = out
  linesLength = 0
  for (let row = from; row < to; row++) {
    for (let column = columns; column < columnsEnd; column += columnBytes) {
      const codes = load<u32>(column)
      let place = row
      if (codes) place = load<u32>(codes + (row << 2))
      else {
        const length = load<u32>(column, 12)
        if (length > end - o) return row
        copy(o, load<u32>(column, 8), length)
        o += length
      }
      const fragment = load<u32>(column, 4) + (place << 3)
      const length = load<u32>(fragment, 4)
      if (length > end - o) return row
      copy(o, load<u32>(fragment), length)
      o += length
    }
    if (closingLength > end - o) return row
    copy(o, closing, closingLength)
    o += closingLength
    linesLength = o - out
  }
  return to
}

/**
 * The fragments of cut cells that may be copied, with `around` bytes on either side. Returns how many of them may not,
 * as they are not plain or hold one of the four bytes of `marks`, and puts their rows at `odd`.
 */
export function cutFragments(
  cuts: u32,
  count: u32,
  base: u32,
  around: u32,
  marks: u32,
  fragments: u32,
  odd: u32,
): u32 {
  const first = i8x16.splat(<u8>marks)
  const second = i8x16.splat(<u8>(marks >> 8))
  const third = i8x16.splat(<u8>(marks >> 16))
  const fourth = i8x16.splat(<u8>(marks >> 24))
  let oddCount: u32 = 0
  for (let row: u32 = 0; row < count; row++) {
    const cut = load<u32>(cuts + (row << 2))
    const text = base + (cut >> 16)
    const length = (cut >> 2) & 0x3fff
    let isOdd = (cut & 3) !== 0
    if (marks)
      for (let at: u32 = 0; at < length && !isOdd; at += 16) {
        const piece = v128.load(text + at)
        const found = i8x16.bitmask(
          v128.or(
            v128.or(i8x16.eq(piece, first), i8x16.eq(piece, second)),
            v128.or(i8x16.eq(piece, third), i8x16.eq(piece, fourth)),
          ),
        )
        isOdd = found !== 0 && at + ctz(found) < length
      }
    if (isOdd) store<u32>(odd + (oddCount++ << 2), row)
    else {
      store<u32>(fragments + (row << 3), text - around)
      store<u32>(fragments + (row << 3), length + around * 2, 4)
    }
  }
  return oddCount
}

/**
 * Fragments whose texts lie one behind the other from `text`, each with a byte behind it. Their lengths are there in
 * UTF-16 units, as JavaScript knows them. `odd` is the list of their places; 0 where they are those from `from` to `to`.
 */
export function spread(fragments: u32, odd: u32, from: u32, to: u32, text: u32, isAscii: bool): void {
  for (let i = from; i < to; i++) {
    const fragment = fragments + ((odd ? load<u32>(odd + (i << 2)) : i) << 3)
    const units = load<u32>(fragment, 4)
    const end = isAscii ? text + units : behindUnits(text, units)
    store<u32>(fragment, text)
    store<u32>(fragment, end - text, 4)
    text = end + 1
  }
}

/** The address behind UTF-8 of so many UTF-16 units. */
function behindUnits(from: u32, units: u32): u32 {
  let i = from
  while (units) {
    if (units >= 16 && i8x16.bitmask(v128.load(i)) === 0) {
      i += 16
      units -= 16
      continue
    }
    const byte = load<u8>(i)
    units -= byte < 0xf0 ? 1 : 2
    i += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
  }
  return i
}
