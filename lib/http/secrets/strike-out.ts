import { bytesOf, type Decoded, escapes, unescaped } from './escapes.ts'

/** A secret to look for, as the bytes of its text, one a character. */
export interface Needle {
  readonly bytes: string
  /** Whether it is so short that it would be found in words by chance: then it must be a word by itself. */
  readonly isWord: boolean
}

/** What is shorter is struck out only where it is a word of its own. */
const shortestPart = 4

/** A text is unescaped three times, JSON in a page in JSON, and what is longer than this twice. */
const longText = 16 * 1024

/** How much of an escape that was cut there may be at an end. */
const longestStump = 5

type Range = readonly [from: number, to: number]

/** A secret to look for; of one that Latin-1 can hold also as its bytes are there, of which UTF-8 makes nothing. */
export function needlesOf(secret: string): Needle[] {
  const isWord = secret.length < shortestPart
  const bytes = bytesOf(secret)
  const isLatin = bytes !== secret && /^[\0-\xff]*$/.test(secret)
  return [bytes, ...(isLatin ? [secret] : [])].map((each) => ({ bytes: each, isWord }))
}

export function isBase64(text: string): boolean {
  return text.length >= 4 && /^[A-Za-z0-9+/]+=*$/.test(text)
}

/**
 * A text without these secrets, however it escapes them: as JSON, HTML, URLs and JavaScript do, also one in another.
 * `isCut` says that one may lie across an end of the text: of it half is enough.
 */
export function strikeOut(needles: readonly Needle[], text: string, isCut: boolean): string {
  if (needles.length === 0) return text
  const bytes = bytesOf(text)
  const ranges: Range[] = []
  const seen = new Set<string>()
  const search = (level: Decoded, depth: number) => {
    if (seen.has(level.bytes)) return
    seen.add(level.bytes)
    const { starts } = level
    for (const [from, to] of rangesIn(level.bytes, needles, isCut)) {
      ranges.push(starts ? [starts[from]!, starts[to]!] : [from, to])
    }
    if (depth === 0) return
    for (const each of escapes) {
      const plain = unescaped(level, each)
      if (plain) search(plain, depth - 1)
    }
  }
  search({ bytes, starts: undefined }, bytes.length > longText ? 2 : 3)
  return ranges.length ? without(ranges, bytes) : text
}

function* rangesIn(bytes: string, needles: readonly Needle[], isCut: boolean): Generator<Range> {
  for (const { bytes: needle, isWord } of needles) {
    for (let at = bytes.indexOf(needle); at !== -1; ) {
      const end = at + needle.length
      const isWhole = !isWord || !(isInWord(bytes[at - 1]) || isInWord(bytes[end]))
      if (isWhole) yield [at, end]
      // Behind it: of a cookie that repeats itself there would be one at each byte.
      at = bytes.indexOf(needle, isWhole ? end : at + 1)
    }
    if (isCut && !isWord) yield* rangesAtEnds(bytes, needle)
  }
}

/** Where a text begins in the middle of a secret, or ends in it, or both. */
function* rangesAtEnds(bytes: string, needle: string): Generator<Range> {
  const least = needle.length < 7 ? 3 : 4
  for (let stump = 0; stump <= longestStump; stump++) {
    if (isWithin(needle, bytes.slice(stump), least)) yield [0, bytes.length]
    const begun = overlap(needle, bytes.slice(stump, stump + needle.length))
    if (begun >= least) yield [0, stump + begun]
    const end = bytes.length - stump
    const cut = overlap(bytes.slice(Math.max(0, end - needle.length), Math.max(0, end)), needle)
    if (cut >= least) yield [end - cut, bytes.length]
  }
}

/**
 * How much of the end of one text is the beginning of another, by the algorithm of Knuth, Morris and Pratt: to try each
 * length takes the square of it where a cookie of 4 KiB repeats itself.
 */
function overlap(first: string, second: string): number {
  const most = Math.min(first.length, second.length)
  const shorter = new Uint32Array(most)
  const longer = (length: number, code: number) => {
    let known = length
    while (known > 0 && (known === most || second.charCodeAt(known) !== code)) known = shorter[known - 1]!
    return known < most && second.charCodeAt(known) === code ? known + 1 : 0
  }
  for (let at = 1, length = 0; at < most; at++) shorter[at] = length = longer(length, second.charCodeAt(at))
  let length = 0
  for (let at = first.length - most; at < first.length; at++) length = longer(length, first.charCodeAt(at))
  return length
}

/** Whether a text is out of the middle of a secret, an escape that was cut at its end aside. */
function isWithin(needle: string, text: string, least: number): boolean {
  for (let stump = 0; stump <= longestStump; stump++) {
    const end = text.length - stump
    if (end < least * 2 || end > needle.length) continue
    if (needle.includes(text.slice(0, end))) return true
  }
  return false
}

function isInWord(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9]/.test(character)
}

function without(ranges: readonly Range[], bytes: string): string {
  let text = ''
  let at = 0
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (from >= at) text += `${bytes.slice(at, from)}[concealed]`
    at = Math.max(at, to)
  }
  return Buffer.from(text + bytes.slice(at), 'latin1').toString()
}
