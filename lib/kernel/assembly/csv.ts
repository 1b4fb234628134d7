/**
 * The rows of a JSON grid, compact as servers write them, as lines of CSV. 16 bytes at a time are copied and compared
 * with what means something; the first such byte is found by counting zeros. It stops at the first row with anything
 * out of the ordinary in it, or that is not whole: behind the bytes there have to be 32 zeros, which stop it too.
 */
import {
  alseWord,
  apostrophe,
  at,
  backslash,
  behindDigits,
  carriageReturn,
  closeBracket,
  comma,
  equals,
  isExponent,
  lineFeed,
  minus,
  nine,
  nullWord,
  openBracket,
  plus,
  point,
  quote,
  slash,
  tab,
  trueWord,
  zero,
} from './bytes'
import { decimalLength } from './decimals'

/** Lines end in CR LF. */
const crlf: u32 = 1
/** Cells that a spreadsheet would run get an apostrophe. */
const formulas: u32 = 2
/** Numbers, booleans and nulls are written, as the dialect has no mark that is in one. */
const words: u32 = 4

/** Of the last call: how many bytes and rows were written, and whether it stopped at the bracket behind the last row. */
export let csvLength: u32 = 0
export let csvRows: u32 = 0
export let csvClosed: bool = false

/**
 * At the place of a column in the memory below 1024, which nothing else is in, stands how many bytes its last text had in
 * its last 16: the next is likely to have as many. Columns further to the right share theirs.
 */
const mostLikely: u32 = 1023

let wordEnd: u32 = 0

/**
 * Writes rows of `width` cells from `from` to `out`, in at most twice the bytes and 32. Returns the start of the first
 * row it does not take, or the place of the closing bracket.
 */
export function csv(from: u32, width: u32, out: u32, delimiter: u8, csvQuote: u8, flags: u32): u32 {
  const quotes = i8x16.splat(quote)
  const backslashes = i8x16.splat(backslash)
  const delimiters = i8x16.splat(delimiter)
  const csvQuotes = i8x16.splat(csvQuote)
  const spaces = i8x16.splat(0x20)
  let start = from
  let o = out
  csvLength = 0
  csvRows = 0
  csvClosed = false
  while (true) {
    let i = start
    if (load<u8>(i) !== openBracket) return start
    for (let cell: u32 = 0; ; cell++) {
      if (cell === width) return start
      if (load<u8>(++i) === quote) {
        i++
        const cellOut = o
        let quoting = false
        if (flags & formulas && isFormula(i)) {
          store<u8>(o, apostrophe)
          o++
        }
        while (true) {
          const piece = v128.load(i)
          v128.store(o, piece)
          const marks = i8x16.bitmask(
            v128.or(
              v128.or(i8x16.eq(piece, quotes), i8x16.eq(piece, backslashes)),
              v128.or(
                v128.or(i8x16.eq(piece, delimiters), i8x16.eq(piece, csvQuotes)),
                i8x16.lt_u(piece, spaces),
              ),
            ),
          )
          if (marks === 0) {
            i += 16
            o += 16
            continue
          }
          const plain = ctz(marks)
          // The processor goes on behind a length that it read, before it knows what it counted.
          const likely: u32 = load<u8>(cell & mostLikely)
          if (<u32>plain === likely && load<u8>(i + likely) === quote) {
            i += likely
            o += likely
            break
          }
          store<u8>(cell & mostLikely, plain)
          i += plain
          o += plain
          let byte = load<u8>(i)
          if (byte === quote) break
          if (byte === backslash) {
            byte = meaningOf(load<u8>(i + 1))
            if (byte === 0) return start
            i++
          } else if (byte < 0x20) return start
          i++
          store<u8>(o, byte)
          o++
          if (byte === csvQuote) {
            store<u8>(o, byte)
            o++
            quoting = true
          } else if (byte === delimiter || byte === lineFeed || byte === carriageReturn) quoting = true
        }
        if (quoting) {
          memory.copy(cellOut + 1, cellOut, o - cellOut)
          store<u8>(cellOut, csvQuote)
          store<u8>(o + 1, csvQuote)
          o += 2
        }
        i++
      } else {
        if (!(flags & words)) return start
        i = word(i, o)
        if (i === 0) return start
        o = wordEnd
      }
      const next = load<u8>(i)
      if (next === comma) {
        store<u8>(o, delimiter)
        o++
      } else if (next === closeBracket && cell === width - 1) break
      else return start
    }
    const next = load<u8>(++i)
    if (next !== comma && next !== closeBracket) return start
    if (flags & crlf) store<u8>(o++, carriageReturn)
    store<u8>(o++, lineFeed)
    csvLength = o - out
    csvRows++
    if (next === closeBracket) {
      csvClosed = true
      return i
    }
    start = i + 1
  }
}

/** What JSON's one-letter escapes stand for; 0 for any other, which are decoded elsewhere. */
export function meaningOf(letter: u8): u8 {
  if (letter === quote || letter === backslash || letter === slash) return letter
  if (letter === 0x6e) return lineFeed
  if (letter === 0x74) return tab
  if (letter === 0x72) return carriageReturn
  if (letter === 0x62) return 0x08
  return letter === 0x66 ? 0x0c : 0
}

/** Writes the number, boolean or null at `from` to `out`; returns the index behind it, 0 where it is something else. */
function word(from: u32, out: u32): u32 {
  const first = load<u8>(from)
  if (first > nine) {
    const four = load<u32>(from)
    wordEnd = out
    if (four === nullWord) return from + 4
    wordEnd = out + 1
    store<u8>(out, four === trueWord ? 0x31 : zero)
    if (four === trueWord) return from + 4
    return first === 0x66 && load<u32>(from + 1) === alseWord ? from + 5 : 0
  }
  let behind = from
  while (isInNumber(load<u8>(behind))) behind++
  const length = behind - from
  if (decimalLength(from, length) !== length || length === 0) return 0
  for (let i: u32 = 0; i < length; i++) store<u8>(out + i, load<u8>(from + i))
  wordEnd = out + length
  return behind
}

function isInNumber(byte: u8): bool {
  return byte - zero < 10 || byte === point || byte === minus || byte === plus || isExponent(byte)
}

/** Whether a spreadsheet would run the text of this JSON string: it starts like a formula, and is no number. */
function isFormula(from: u32): bool {
  const first = load<u8>(from)
  if (first === equals || first === plus || first === at) return true
  if (first === minus) return !isNumber(from)
  if (first === backslash) {
    const letter = load<u8>(from + 1)
    return letter === 0x74 || letter === 0x72 || letter === 0x6e
  }
  // The full-width forms of = + - @.
  if (first !== 0xef || load<u8>(from + 1) !== 0xbc) return false
  const third = load<u8>(from + 2)
  return third === 0x9d || third === 0x8b || third === 0x8d || third === 0xa0
}

/** Whether all of a JSON string is a number with a minus, `/^-(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/`. */
function isNumber(from: u32): bool {
  let i = behindDigits(from + 1)
  let digits = i - from - 1
  if (load<u8>(i) === point) {
    const end = behindDigits(i + 1)
    digits += end - i - 1
    i = end
  }
  if (digits === 0) return false
  if (isExponent(load<u8>(i))) {
    i++
    const sign = load<u8>(i)
    if (sign === minus || sign === plus) i++
    const end = behindDigits(i)
    if (end === i) return false
    i = end
  }
  return load<u8>(i) === quote
}
