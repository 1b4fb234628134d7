/**
 * The rows of a JSON grid, compact as servers write them, cut into cells, a column at a time. Of a coded column each cell
 * is a place in the column's dictionary, and text met before is found there by its hash; of a cut one it is where its
 * text lies. It stops at the first row with anything out of the ordinary in it, or that is not whole: behind the bytes
 * there have to be 32 zeros, which stop it too.
 */
import {
  alseWord,
  backslash,
  behindDigits,
  closeBracket,
  comma,
  copy,
  isExponent,
  minus,
  nullWord,
  openBracket,
  plus,
  point,
  quote,
  slash,
  trueWord,
  zero,
} from './bytes'
import { numberAt } from './numbers'

/** What a cell is, in the last two bits of its length: text as it stands, a number, boolean or null, text with escapes. */
export const plain: u32 = 0
export const bare: u32 = 1
export const escaped: u32 = 2

/** Cells of more bytes are left to others. */
const longest: u32 = 8191

/** How many places of the table may be looked at for one text: more are no chance. */
const mostProbes: u32 = 64

/** Odd numbers whose bits look like chance, in two halves as JavaScript's tools want them. */
const golden: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15
const other: u64 = ((<u64>0xc2b2ae3d) << 32) | 0x27d4eb4f

/**
 * A column, in memory:
 *
 * | offset | |
 * |---|---|
 * | 0 | `u32` 1 where it is coded |
 * | 4 | `u32` the table: for each place the hash of a text, and where its entry is, or 0 |
 * | 8 | `u32` how many places it has, less 1; a power of two |
 * | 12 | `u32` for each code where its entry is |
 * | 16 | `u32` how many there are |
 * | 20 | `u32` the entry of the last cell; 0 of none, as in a column that is not coded |
 * | 24 | `u32` how often what is likely may fail to come yet, before it is not asked any more: set by whoever calls |
 * | 28 | `u32` where the numbers go that the cells of a cut one say, as `f64`, NaN of what is none; 0 where nobody wants them |
 *
 * An entry is `u32` the length of its text × 4 + what it is, `u32` its code, `u32` the entry of the cell that came behind
 * it last, which is likely to come behind it again, 4 bytes of nothing, and the text, filled with zeros to 16 bytes.
 */
const columnBytes: u32 = 32

/** What an entry has in front of its text. */
const entryHead: u32 = 16

/** Where entries are kept, one behind the other from a multiple of 8, and the end of the room for it. Whoever has grown it sets both. */
let arena: u32 = 0
let arenaEnd: u32 = 0

export function setArena(from: u32, to: u32): void {
  arena = from
  arenaEnd = to
}

/** Of the last call: how many rows, whether it stopped at the bracket behind the last one, and what it lacked room for. */
export let cellsRows: u32 = 0
export let cellsClosed: bool = false
/** 0 nothing, 1 the arena; place × 2 + 2 a table that is half full, place × 2 + 3 one in which hashes collide. */
export let cellsLack: u32 = 0

/**
 * Cuts rows of `width` cells from `from`, at most `most` of them. The cell of a row in a column is the `u32` at
 * `out + (column × most + row) × 4`: its code, or the place of its text behind `base`, in the upper 16 bits, its length,
 * and what it is. Returns the start of the first row it does not take, or the place of the closing bracket.
 */
export function cells(base: u32, from: u32, width: u32, columns: u32, out: u32, most: u32): u32 {
  const quotes = i8x16.splat(quote)
  const backslashes = i8x16.splat(backslash)
  const spaces = i8x16.splat(0x20)
  const columnStep = most << 2
  let start = from
  let rowOut = out
  cellsRows = 0
  cellsClosed = false
  cellsLack = 0
  while (cellsRows < most) {
    let i = start
    let o = rowOut
    let column = columns
    if (load<u8>(i) !== openBracket) return start
    for (let cell: u32 = 0; ; cell++) {
      if (cell === width) return start
      let kind: u32 = 0
      let text = ++i
      let length: u32
      // What is likely to come is not looked through, nor looked up.
      const last = load<u32>(column, 20)
      const patience = load<u32>(column, 24)
      const likely = last === 0 || patience === 0 ? 0 : load<u32>(last, 8)
      if (likely !== 0 && isTextAt(likely, i)) {
        i += 2 + (load<u32>(likely) >> 2)
        const next = load<u8>(i)
        if (next !== comma && (next !== closeBracket || cell !== width - 1)) return start
        store<u32>(o, load<u32>(likely, 4))
        store<u32>(column, likely, 20)
        if (next === closeBracket) break
        o += columnStep
        column += columnBytes
        continue
      }
      if (likely !== 0) store<u32>(column, patience - 1, 24)
      if (load<u8>(i) === quote) {
        text = ++i
        while (true) {
          const piece = v128.load(i)
          const marks = i8x16.bitmask(
            v128.or(
              v128.or(i8x16.eq(piece, quotes), i8x16.eq(piece, backslashes)),
              i8x16.lt_u(piece, spaces),
            ),
          )
          if (marks === 0) {
            i += 16
            continue
          }
          i += ctz(marks)
          const byte = load<u8>(i)
          if (byte === quote) break
          if (byte !== backslash) return start
          i = behindEscape(i)
          if (i === 0) return start
          kind = escaped
        }
        length = i - text
        i++
      } else {
        i = behindWord(i)
        if (i === 0) return start
        length = i - text
        kind = bare
      }
      const next = load<u8>(i)
      if (length > longest || (next !== comma && (next !== closeBracket || cell !== width - 1))) return start
      if (load<u32>(column)) {
        store<u32>(o, codeOf(column, text, length, kind, cell))
        if (cellsLack) return start
      } else {
        store<u32>(o, ((text - base) << 16) | (length << 2) | kind)
        const numbers = load<u32>(column, 28)
        if (numbers) store<f64>(numbers + (cellsRows << 3), kind === escaped ? NaN : numberAt(text, length))
      }
      if (next === closeBracket) break
      o += columnStep
      column += columnBytes
    }
    const next = load<u8>(++i)
    if (next !== comma && next !== closeBracket) return start
    cellsRows++
    rowOut += 4
    if (next === closeBracket) {
      cellsClosed = true
      return i
    }
    start = i + 1
  }
  return start
}

/** The code of a text in a column, which may be a new one. */
function codeOf(column: u32, text: u32, length: u32, kind: u32, place: u32): u32 {
  const size = (length << 2) | kind
  const head = headOf(text, length)
  const last = load<u32>(column, 20)
  const hash = hashOf(head, text, length)
  const table = load<u32>(column, 4)
  const mask = load<u32>(column, 8)
  let slot = hash & mask
  let probes: u32 = 0
  while (true) {
    const entry = table + (slot << 3)
    const known = load<u32>(entry, 4)
    if (known === 0) {
      const count = load<u32>(column, 16)
      if (count << 1 > mask) {
        cellsLack = (place << 1) + 2
        return 0
      }
      if (arena + length + 48 > arenaEnd) {
        cellsLack = 1
        return 0
      }
      store<u32>(arena, size)
      store<u32>(arena, count, 4)
      copy(arena + entryHead, text, length)
      v128.store(arena + entryHead, head)
      store<u32>(load<u32>(column, 12) + (count << 2), arena)
      store<u32>(entry, hash)
      store<u32>(entry, arena, 4)
      store<u32>(arena, 0, 8)
      store<u32>(column, count + 1, 16)
      store<u32>(column, arena, 20)
      if (last !== 0) store<u32>(last, arena, 8)
      arena += (entryHead + max(length, 16) + 7) & ~7
      return count
    }
    if (load<u32>(entry) === hash && isText(known, head, text, length, size)) {
      store<u32>(column, known, 20)
      if (last !== 0) store<u32>(last, known, 8)
      return load<u32>(known, 4)
    }
    if (++probes === mostProbes) {
      cellsLack = (place << 1) + 3
      return 0
    }
    slot = (slot + 1) & mask
  }
}

/** Whether a short text of an entry stands in quotes at `from`. */
function isTextAt(known: u32, from: u32): bool {
  const size = load<u32>(known)
  const length = size >> 2
  if (
    (size & 3) !== plain ||
    length > 16 ||
    load<u8>(from) !== quote ||
    load<u8>(from + 1 + length) !== quote
  )
    return false
  return !v128.any_true(v128.xor(v128.load(known, entryHead), headOf(from + 1, length)))
}

/** The first 16 bytes of a text, zeros behind it. */
function headOf(text: u32, length: u32): v128 {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  return v128.and(v128.load(text), i8x16.lt_u(places, i8x16.splat(<i8>min(length, 16))))
}

function isText(known: u32, head: v128, text: u32, length: u32, size: u32): bool {
  if (load<u32>(known) !== size || v128.any_true(v128.xor(v128.load(known, entryHead), head))) return false
  return length <= 16 || isRest(known + entryHead, text, length)
}

function isRest(known: u32, text: u32, length: u32): bool {
  for (let at: u32 = 16; at + 16 < length; at += 16)
    if (v128.any_true(v128.xor(v128.load(known + at), v128.load(text + at)))) return false
  const last = length - 16
  return !v128.any_true(v128.xor(v128.load(known + last), v128.load(text + last)))
}

function hashOf(head: v128, text: u32, length: u32): u32 {
  let hash = (i64x2.extract_lane(head, 0) * golden) ^ ((i64x2.extract_lane(head, 1) + length) * other)
  if (length > 16) {
    for (let at: u32 = 16; at + 16 < length; at += 16) hash = mixed(hash, text + at)
    hash = mixed(hash, text + length - 16)
  }
  // The lower bits of a product know nothing of the upper ones of its factors: in tables of ids that are counted up,
  // texts would meet in the same places.
  return <u32>(((hash ^ (hash >> 32)) * golden) >> 32)
}

function mixed(hash: u64, text: u32): u64 {
  return (hash ^ (hash >> 29) ^ load<u64>(text) ^ (load<u64>(text, 8) * other)) * golden
}

/** Puts all entries of a column into another table of `mask + 1` places, which are 0. */
export function rehash(column: u32, table: u32, mask: u32): void {
  const before = load<u32>(column, 4)
  const places = before ? load<u32>(column, 8) + 1 : 0
  for (let place: u32 = 0; place < places; place++) {
    const known = load<u32>(before + (place << 3), 4)
    if (known === 0) continue
    const hash = load<u32>(before + (place << 3))
    let slot = hash & mask
    while (load<u32>(table + (slot << 3), 4)) slot = (slot + 1) & mask
    store<u32>(table + (slot << 3), hash)
    store<u32>(table + (slot << 3), known, 4)
  }
  store<u32>(column, table, 4)
  store<u32>(column, mask, 8)
}

/** The index behind the escape of a JSON string; 0 behind what is none. */
function behindEscape(from: u32): u32 {
  const letter = load<u8>(from + 1)
  if (letter === 0x75) {
    for (let i = from + 2; i < from + 6; i++) {
      const byte = load<u8>(i)
      if (byte - zero > 9 && (byte | 0x20) - 0x61 > 5) return 0
    }
    return from + 6
  }
  const isKnown =
    letter === quote ||
    letter === backslash ||
    letter === slash ||
    letter === 0x6e ||
    letter === 0x74 ||
    letter === 0x72 ||
    letter === 0x62 ||
    letter === 0x66
  return isKnown ? from + 2 : 0
}

/** The index behind a number, a boolean or null of JSON; 0 behind anything else. */
function behindWord(from: u32): u32 {
  const first = load<u8>(from)
  if (first - zero > 9 && first !== minus) {
    const four = load<u32>(from)
    if (four === nullWord || four === trueWord) return from + 4
    return first === 0x66 && load<u32>(from + 1) === alseWord ? from + 5 : 0
  }
  let i = from + u32(first === minus)
  const isZero = load<u8>(i) === zero
  let end = isZero ? i + 1 : behindDigits(i)
  if (end === i) return 0
  i = end
  if (load<u8>(i) === point) {
    end = behindDigits(i + 1)
    if (end === i + 1) return 0
    i = end
  }
  if (isExponent(load<u8>(i))) {
    i++
    const sign = load<u8>(i)
    if (sign === minus || sign === plus) i++
    end = behindDigits(i)
    if (end === i) return 0
    i = end
  }
  return i
}
