import { type CutColumn, cutKind } from '../kernel/block.ts'

const [minus, dash, point, zero, colon, space, upperT] = [0x2d, 0x2d, 0x2e, 0x30, 0x3a, 0x20, 0x54]
const powersOfTen = Array.from({ length: 16 }, (_, i) => 10 ** i)
export const dayMs = 86_400_000

/** Where cells lie in a piece of a body, and some of them as numbers: NaN for what is not plain, which others read. */
export type ReadCuts = (column: CutColumn, from: number, to: number, values: Float64Array, at: number) => void

// A loop each, so that no number of it is ever an object.

export const numbersAt: ReadCuts = ({ cuts, text: { bytes } }, from, to, values, at) => {
  for (let i = from; i < to; i++) {
    const cut = cuts[i]!
    const start = cut >>> 16
    values[at + i - from] = isEscaped(cut) ? NaN : numberAt(bytes, start, start + lengthOf(cut))
  }
}

export const timesAt: ReadCuts = ({ cuts, text: { bytes } }, from, to, values, at) => {
  for (let i = from; i < to; i++) {
    const cut = cuts[i]!
    const start = cut >>> 16
    values[at + i - from] = isEscaped(cut) ? NaN : timeAt(bytes, start, start + lengthOf(cut))
  }
}

export const daysAt: ReadCuts = (column, from, to, values, at) => {
  timesAt(column, from, to, values, at)
  for (let i = at; i < at + to - from; i++) if (values[i]! % dayMs !== 0) values[i] = NaN
}

function isEscaped(cut: number): boolean {
  return (cut & 3) === cutKind.escaped
}

function lengthOf(cut: number): number {
  return (cut >>> 2) & 0x3fff
}

/**
 * The number that is written in these bytes, where it is a decimal of at most 15 characters: the digits and the power of
 * ten are exact then, so their quotient is the nearest double. NaN for any other, which others read.
 */
function numberAt(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === minus
  let i = isNegative ? start + 1 : start
  if (end - start > 15 || i === end) return NaN
  let digits = 0
  let pointAt = -1
  for (; i < end; i++) {
    const digit = bytes[i]! - zero
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit
    else if (digit === point - zero && pointAt === -1 && i + 1 < end) pointAt = i
    else return NaN
  }
  const number = pointAt === -1 ? digits : digits / powersOfTen[end - 1 - pointAt]!
  return isNegative ? -number : number
}

/**
 * The milliseconds since 1970 of the day or time that is written in these bytes as servers do, `2022-12-29`,
 * `2022-12-29T14:05:00.000` or with a space, as if it were UTC. NaN for any other, which others read.
 */
function timeAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 10 || bytes[start + 4] !== dash || bytes[start + 7] !== dash) return NaN
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2)
  const day = dayOf(year, twoDigits(bytes, start + 5), twoDigits(bytes, start + 8))
  if (end - start === 10) return day * dayMs
  const between = bytes[start + 10]
  if (end - start < 19 || (between !== upperT && between !== space)) return NaN
  if (bytes[start + 13] !== colon || bytes[start + 16] !== colon) return NaN
  const hour = twoDigits(bytes, start + 11)
  const minute = twoDigits(bytes, start + 14)
  const second = twoDigits(bytes, start + 17)
  if (hour > 23 || minute > 59 || second > 59) return NaN
  return day * dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs(bytes, start + 19, end)
}

/** Of `.1`, which is 100 ms, to nine digits; 0 where there is none. */
function fractionMs(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0
  if (bytes[start] !== point || end - start < 2 || end - start > 10) return NaN
  let ms = 0
  for (let i = start + 1; i < end; i++) {
    const digit = bytes[i]! - zero
    if (digit < 0 || digit > 9) return NaN
    if (i <= start + 3) ms += digit * powersOfTen[start + 3 - i]!
  }
  return ms
}

/** NaN where they are no digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - zero
  const ones = bytes[at + 1]! - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** Days since 1970 in the ISO calendar, whose years are counted from March here; NaN for a day it has not. */
function dayOf(year: number, month: number, day: number): number {
  // Of the first hundred years JavaScript has its own view.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return NaN
  const years = month > 2 ? year : year - 1
  const months = (month + 9) % 12
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  return years * 365 + leaps + Math.floor((months * 153 + 2) / 5) + day - 719_469
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
