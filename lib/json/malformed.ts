import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  isBlank,
  openBrace,
  openBracket,
  quote,
} from './scan.ts'

const minus = 0x2d
const point = 0x2e
const zero = 0x30
const letterU = 0x75
const escapes = Buffer.from('"\\/bfnrt')
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word))

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'more'

/**
 * The index of the first byte that no JSON goes on with; the length where nothing is wrong but that an end may be
 * missing. One pass over UTF-8, to find the place of what `JSON.parse` refused without telling where.
 */
export function malformedAt(bytes: Buffer): number {
  /** The marks that close what is open, outermost first. */
  const open: number[] = []
  let expected: Expected = 'value'
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at]!
    let next = at + 1
    if (isBlank(byte)) {
      at = next
      continue
    }
    switch (expected) {
      case 'more':
        if (byte === open.at(-1)) open.pop()
        else if (byte === comma && open.length) expected = open.at(-1) === closeBrace ? 'key' : 'value'
        else return at
        break
      case 'colon':
        if (byte !== colon) return at
        expected = 'value'
        break
      case 'key':
      case 'key or end':
        if (byte === quote) {
          next = behindString(bytes, next)
          expected = 'colon'
        } else if (byte === closeBrace && expected === 'key or end') {
          open.pop()
          expected = 'more'
        } else return at
        break
      default:
        if (byte === openBrace || byte === openBracket) {
          open.push(byte + 2)
          expected = byte === openBrace ? 'key or end' : 'value or end'
        } else if (byte === closeBracket && expected === 'value or end') {
          open.pop()
          expected = 'more'
        } else {
          next = byte === quote ? behindString(bytes, next) : behindWord(bytes, at)
          expected = 'more'
        }
    }
    if (next < 0) return ~next
    at = next
  }
  return at
}

/** The index behind the end of the string that `from` lies in; `~` the place, where there is something wrong before. */
function behindString(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === quote) return at + 1
    if (byte < 0x20) return ~at
    if (byte !== backslash || ++at === bytes.length) continue
    if (bytes[at] === letterU) {
      const digits = at + 4
      while (at < digits && at + 1 < bytes.length) if (!isHexDigit(bytes[++at]!)) return ~at
    } else if (!escapes.includes(bytes[at]!)) return ~at
  }
  return ~bytes.length
}

/** The index behind a number, `true`, `false` or `null`; `~` the place, where there is something wrong before. */
function behindWord(bytes: Buffer, from: number): number {
  const word = words.find((each) => each[0] === bytes[from])
  if (!word) return behindNumber(bytes, from)
  for (let i = 1; i < word.length; i++) if (bytes[from + i] !== word[i]) return ~(from + i)
  return from + word.length
}

function behindNumber(bytes: Buffer, from: number): number {
  let at = bytes[from] === minus ? from + 1 : from
  const whole = bytes[at] === zero ? at + 1 : behindDigits(bytes, at)
  if (whole === at) return ~at
  at = whole
  if (bytes[at] === point) {
    const fraction = behindDigits(bytes, at + 1)
    if (fraction === at + 1) return ~fraction
    at = fraction
  }
  if ((bytes[at]! | 0x20) !== 0x65) return at
  at++
  if (bytes[at] === 0x2b || bytes[at] === minus) at++
  const exponent = behindDigits(bytes, at)
  return exponent === at ? ~at : exponent
}

function behindDigits(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at]! >= zero && bytes[at]! <= 0x39) at++
  return at
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20
  return (byte >= zero && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66)
}
