/** Decimals as doubles. */
import { behindDigits, isExponent, minus, plus, point, zero } from './bytes'

/** A double holds any digits of no more bytes than this, and powers of ten up to the other: what they give is the nearest one. */
const mostBytes: u32 = 15
const mostZeros: i32 = 22

/** The powers of ten, from 1 on. */
const powers = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
])

/** The number that a text says; NaN where it is no decimal, or not a short one. */
export function numberAt(start: u32, bytes: u32): f64 {
  const isNegative = u32(load<u8>(start) === minus)
  const length = bytes - isNegative
  if (length - 1 >= mostBytes || bytes > mostBytes) return NaN
  const text = i8x16.sub(v128.load(start + isNegative), i8x16.splat(zero))
  const others = i8x16.bitmask(i8x16.gt_u(text, i8x16.splat(9))) & ((1 << length) - 1)
  let fraction: u32 = 0
  let digits = length
  if (others) {
    const pointAt = ctz(others)
    digits--
    fraction = digits - pointAt
    if (others & (others - 1) || fraction === 0 || load<u8>(start + isNegative + pointAt) !== point)
      return scientificAt(start, bytes)
  }
  const inOrder = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let places = i8x16.sub(inOrder, i8x16.splat(<i8>(16 - digits)))
  // What stands behind the point is a place further on.
  if (fraction) places = i8x16.sub(places, i8x16.ge_s(places, i8x16.splat(<i8>(digits - fraction))))
  // The last digit in the last of 16 places, and zeros in front of the first.
  const sixteen = i8x16.swizzle(text, places)
  const tens = i16x8.mul(v128.and(sixteen, i16x8.splat(0xff)), i16x8.splat(10))
  const pairs = i16x8.add(tens, i16x8.shr_u(sixteen, 8))
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1))
  const front = <i64>i32x4.extract_lane(fours, 0) * 10000 + i32x4.extract_lane(fours, 1)
  const back = <i64>i32x4.extract_lane(fours, 2) * 10000 + i32x4.extract_lane(fours, 3)
  const whole = <f64>(front * 100_000_000 + back)
  const number = fraction ? whole / load<f64>(powers + (fraction << 3)) : whole
  return isNegative ? -number : number
}

/** The number of a text like `1.0E-4`. */
function scientificAt(start: u32, bytes: u32): f64 {
  const end = start + bytes
  const isNegative = load<u8>(start) === minus
  const first = start + u32(isNegative)
  let digits: i64 = 0
  let at = first
  while (load<u8>(at) - zero < 10) digits = digits * 10 + (load<u8>(at++) - zero)
  if (at === first) return NaN
  let exponent: i32 = 0
  if (load<u8>(at) === point) {
    const behind = at + 1
    at = behind
    while (load<u8>(at) - zero < 10) digits = digits * 10 + (load<u8>(at++) - zero)
    if (at === behind) return NaN
    exponent = -(at - behind)
  }
  if (!isExponent(load<u8>(at))) return NaN
  const sign = load<u8>(++at)
  if (sign === minus || sign === plus) at++
  const last = behindDigits(at)
  if (last === at || last !== end || last - at > 2) return NaN
  let zeros: i32 = load<u8>(at) - zero
  if (last - at === 2) zeros = zeros * 10 + (load<u8>(at + 1) - zero)
  exponent += sign === minus ? -zeros : zeros
  if (abs(exponent) > mostZeros) return NaN
  const whole = <f64>digits
  const number =
    exponent < 0 ? whole / load<f64>(powers + (-exponent << 3)) : whole * load<f64>(powers + (exponent << 3))
  return isNegative ? -number : number
}
