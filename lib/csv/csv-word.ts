const minus = 0x2d
const point = 0x2e
const zero = 0x30
const nine = 0x39
const letterN = 0x6e
const letterT = 0x74

const [nullWord, trueWord, falseWord] = ['null', 'true', 'false'].map((word) => Buffer.from(word)) as [
  Buffer,
  Buffer,
  Buffer,
]

/** Of a decimal with no more digits than this a double gives back just these. */
const exactDigits = 15
/** Of a fraction with more, `String` writes an exponent. */
const mostZeros = 5

const inNumber = new Uint8Array(256)
for (const byte of Buffer.from('0123456789.-+eE')) inNumber[byte] = 1

/** Writes the number, boolean or null of JSON at `from` as CSV to `out` at `to`, in at most twice the bytes it has. */
export class CsvWord {
  /** Behind what was written last. */
  end = 0

  /** The index behind it; -1 where it is something else, or not for so few bytes. */
  write(bytes: Buffer, from: number, out: Buffer, to: number): number {
    const first = bytes[from]!
    if (first > nine) {
      if (first === letterN) {
        this.end = to
        return behindWord(nullWord, bytes, from)
      }
      out[to] = first === letterT ? zero + 1 : zero
      this.end = to + 1
      return behindWord(first === letterT ? trueWord : falseWord, bytes, from)
    }
    const behind = behindPlainNumber(bytes, from)
    if (behind === -1) return this.#writeNumber(bytes, from, out, to)
    let o = to
    for (let i = from; i < behind; i++) out[o++] = bytes[i]!
    this.end = o
    return behind
  }

  #writeNumber(bytes: Buffer, from: number, out: Buffer, to: number): number {
    let behind = from
    // What is thrown costs more than a row.
    if (!inNumber[bytes[from]!]) return -1
    while (inNumber[bytes[behind]!]) behind++
    let text: string
    try {
      text = String(JSON.parse(bytes.toString('latin1', from, behind)))
    } catch {
      return -1
    }
    if (text.length > (behind - from) * 2) return -1
    this.end = to + out.write(text, to, 'latin1')
    return behind
  }
}

function behindWord(word: Buffer, bytes: Buffer, from: number): number {
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return -1
  return from + word.length
}

/** The index behind a number that is written in JSON just as `String` would write it; -1 behind any other. */
function behindPlainNumber(bytes: Buffer, from: number): number {
  const start = bytes[from] === minus ? from + 1 : from
  const whole = bytes[start] === zero ? start + 1 : behindDigits(bytes, start)
  if (whole === start || inNumber[bytes[whole]!] === 0) {
    const isZero = bytes[start] === zero
    return whole === start || whole - start > exactDigits || (isZero && start > from) ? -1 : whole
  }
  if (bytes[whole] !== point) return -1
  const end = behindDigits(bytes, whole + 1)
  if (end === whole + 1 || bytes[end - 1] === zero || end - start - 1 > exactDigits || inNumber[bytes[end]!])
    return -1
  if (bytes[start] !== zero) return end
  for (let i = whole + 1; i <= whole + 1 + mostZeros; i++) if (bytes[i] !== zero) return end
  return -1
}

function behindDigits(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at]! >= zero && bytes[at]! <= nine) at++
  return at
}
