/** Decimals as JavaScript writes numbers, found in text that may say the same in more digits: `12.50` is 12.5. */
import { behindDigits, minus, point, zero } from './bytes'
import { escaped } from './cells'

/** Of a decimal with no more digits than this a double gives back just these. */
const exactDigits: u32 = 15
/** Of a fraction with more zeros in front, JavaScript writes an exponent. */
const mostZeros: u32 = 5

/**
 * The fragments of cut cells that are decimals: what there is of their text to write. Returns how many are something
 * else, of which the rows are put at `odd`.
 */
export function decimalFragments(cuts: u32, count: u32, base: u32, fragments: u32, odd: u32): u32 {
  let oddCount: u32 = 0
  for (let row: u32 = 0; row < count; row++) {
    const cut = load<u32>(cuts + (row << 2))
    const text = base + (cut >> 16)
    const length = (cut & 3) === escaped ? 0 : decimalLength(text, (cut >> 2) & 0x3fff)
    if (length === 0) store<u32>(odd + (oddCount++ << 2), row)
    store<u32>(fragments + (row << 3), text)
    store<u32>(fragments + (row << 3), length, 4)
  }
  return oddCount
}

/** How much of a text JavaScript would write of the number that it says; 0 where that is not just its start. */
export function decimalLength(text: u32, length: u32): u32 {
  const isNegative = load<u8>(text) === minus
  const start = text + u32(isNegative)
  const whole = behindDigits(start)
  const end = text + length
  const isZero = load<u8>(start) === zero
  if (whole === start || (isZero && whole > start + 1)) return 0
  if (whole === end) return whole - start > exactDigits || (isZero && isNegative) ? 0 : length
  if (load<u8>(whole) !== point || behindDigits(whole + 1) !== end || end === whole + 1) return 0
  let last = end - 1
  while (load<u8>(last) === zero) last--
  if (last === whole) return whole - start > exactDigits || (isZero && isNegative) ? 0 : whole - text
  if (last - start > exactDigits) return 0
  if (!isZero) return last + 1 - text
  for (let i = whole + 1; i <= whole + 1 + mostZeros; i++) if (load<u8>(i) !== zero) return last + 1 - text
  return 0
}
