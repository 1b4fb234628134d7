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

export function needleOf(secret: string): Needle {
  return { bytes: bytesOf(secret), isWord: secret.length < shortestPart }
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
    for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
      const end = at + needle.length
      if (!isWord || !(isInWord(bytes[at - 1]) || isInWord(bytes[end]))) yield [at, end]
    }
    if (isCut && !isWord) yield* rangesAtEnds(bytes, needle)
  }
}

/** Where a text begins in the middle of a secret, or ends in it, or both. */
function* rangesAtEnds(bytes: string, needle: string): Generator<Range> {
  const least = needle.length < 7 ? 3 : 4
  if (bytes.length >= least * 2 && needle.includes(bytes)) yield [0, bytes.length]
  for (let stump = 0; stump <= longestStump; stump++) {
    const end = bytes.length - stump
    const most = Math.min(needle.length - 1, end)
    for (let length = most; length >= least; length--) {
      if (!needle.endsWith(bytes.slice(stump, stump + length))) continue
      yield [0, stump + length]
      break
    }
    for (let length = most; length >= least; length--) {
      if (!needle.startsWith(bytes.slice(end - length, end))) continue
      yield [end - length, bytes.length]
      break
    }
  }
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
