/**
 * Lines of text, put together from fragments: of each cell where its text is, and how long. Those of a coded column are
 * looked up by code, all others by row.
 */
import { backslash, copy, slash } from './bytes'
import { bare, escaped, plain } from './cells'
import { meaningOf } from './csv'

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

/** Where what the last call of `cutFragments` quoted ends. */
export let quotedEnd: u32 = 0

/**
 * The fragments of cut cells. What is plain is copied with `around` bytes on either side; if those are its quotes, so
 * may text with escapes. Text with escapes or with one of the four bytes of `marks` is else quoted with `quote`, to
 * `quoted`, in at most twice its bytes and 2. Returns how many were neither, of which the rows are put at `odd`.
 */
export function cutFragments(
  cuts: u32,
  count: u32,
  base: u32,
  around: u32,
  marks: u32,
  quote: u8,
  fragments: u32,
  odd: u32,
  quoted: u32,
): u32 {
  let oddCount: u32 = 0
  quotedEnd = quoted
  for (let row: u32 = 0; row < count; row++) {
    const cut = load<u32>(cuts + (row << 2))
    const text = base + (cut >> 16)
    const length = (cut >> 2) & 0x3fff
    const kind = cut & 3
    const fragment = fragments + (row << 3)
    const isCopied =
      kind === plain
        ? !marks || isUnmarked(text, length, marks)
        : kind === escaped && around !== 0 && isUsual(text, length)
    if (isCopied) {
      store<u32>(fragment, text - around)
      store<u32>(fragment, length + around * 2, 4)
    } else if (kind === bare || !quote || !putQuoted(text, length, marks, quote, fragment)) {
      store<u32>(odd + (oddCount++ << 2), row)
    }
  }
  return oddCount
}

/** A bit for each of 16 bytes, 1 where it is one of the four marks. */
function marksIn(piece: v128, marks: u32): i32 {
  const first = i8x16.eq(piece, i8x16.splat(<u8>marks))
  const second = i8x16.eq(piece, i8x16.splat(<u8>(marks >> 8)))
  const third = i8x16.eq(piece, i8x16.splat(<u8>(marks >> 16)))
  const fourth = i8x16.eq(piece, i8x16.splat(<u8>(marks >> 24)))
  return i8x16.bitmask(v128.or(v128.or(first, second), v128.or(third, fourth)))
}

function isUnmarked(text: u32, length: u32, marks: u32): bool {
  for (let at: u32 = 0; at < length; at += 16) {
    const found = marksIn(v128.load(text + at), marks)
    if (found) return at + ctz(found) >= length
  }
  return true
}

/** Makes the fragment of a JSON string without its escapes, in quotes where it needs them. False where an escape is long. */
function putQuoted(text: u32, length: u32, marks: u32, quote: u8, fragment: u32): bool {
  const backslashes = i8x16.splat(backslash)
  const out = quotedEnd
  const end = text + length
  let i = text
  let o = out + 1
  let isMarked = false
  while (i < end) {
    const piece = v128.load(i)
    v128.store(o, piece)
    const found = marksIn(piece, marks) | i8x16.bitmask(i8x16.eq(piece, backslashes))
    const unmarked: u32 = min(found ? ctz(found) : 16, end - i)
    i += unmarked
    o += unmarked
    if (i === end || !found) continue
    let byte = load<u8>(i)
    if (byte === backslash) {
      byte = meaningOf(load<u8>(++i))
      if (byte === 0) return false
    }
    i++
    store<u8>(o++, byte)
    if (byte === quote) store<u8>(o++, quote)
    if (marksIn(i8x16.splat(byte), marks)) isMarked = true
  }
  if (isMarked) {
    store<u8>(out, quote)
    store<u8>(o++, quote)
  }
  const start = isMarked ? out : out + 1
  store<u32>(fragment, start)
  store<u32>(fragment, o - start, 4)
  quotedEnd = o
  return true
}

/** Whether all escapes of a JSON string are what `JSON.stringify` would write. */
function isUsual(text: u32, length: u32): bool {
  const backslashes = i8x16.splat(backslash)
  for (let at: u32 = 0; at < length; ) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(text + at), backslashes))
    if (found === 0) {
      at += 16
      continue
    }
    at += ctz(found)
    const letter = load<u8>(text + at, 1)
    if (at < length && (letter === slash || letter === 0x75)) return false
    at += 2
  }
  return true
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
