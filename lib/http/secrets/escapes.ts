/** A text as its bytes, one a character, and where in the text it came from each of them began, its end included. */
export interface Decoded {
  readonly bytes: string
  /** Undefined where it is that text. */
  readonly starts: Uint32Array | undefined
}

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** What pages write by name of what may be in a password. */
const names: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  ast: '*',
  bsol: '\\',
  colon: ':',
  comma: ',',
  commat: '@',
  dollar: '$',
  equals: '=',
  excl: '!',
  grave: '`',
  gt: '>',
  hat: '^',
  lcub: '{',
  lowbar: '_',
  lpar: '(',
  lsqb: '[',
  lt: '<',
  num: '#',
  percnt: '%',
  period: '.',
  plus: '+',
  quest: '?',
  quot: '"',
  rcub: '}',
  rpar: ')',
  rsqb: ']',
  semi: ';',
  sol: '/',
  verbar: '|',
}

type Escape = readonly [
  pattern: RegExp,
  plain: (found: readonly (string | undefined)[]) => string | undefined,
]

/** How a text is put into JSON or JavaScript, into a page, into a URL: what of it stands for another, and for which. */
export const escapes: readonly Escape[] = [
  [
    /\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|\\(?:u([\da-f]{4})|u\{0*([\da-f]{1,6})\}|x([\da-f]{2})|(.))/gis,
    ([, high, low, unit, braced, byte, letter]) => {
      if (letter !== undefined) return letters[letter] ?? letter
      if (high === undefined) return characterOf(Number.parseInt((unit ?? braced ?? byte)!, 16))
      return bytesOf(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low!, 16)))
    },
  ],
  [
    /&#x0*([\da-f]{1,6});?|&#0*(\d{1,7});?|&([a-z]{2,6});/gi,
    ([, hex, decimal, name]) => {
      if (name !== undefined) return names[name.toLowerCase()]
      return characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
    },
  ],
  [
    /%u([\da-f]{4})|%([\da-f]{2})/gi,
    ([, unit, byte]) =>
      unit === undefined
        ? String.fromCharCode(Number.parseInt(byte!, 16))
        : characterOf(Number.parseInt(unit, 16)),
  ],
]

/** A text without one kind of escapes. Undefined where it has none. */
export function unescaped({ bytes, starts }: Decoded, [pattern, plainOf]: Escape): Decoded | undefined {
  let plain = ''
  let at = 0
  const places: number[] = []
  const startOf = (place: number) => starts?.[place] ?? place
  const copyTo = (end: number) => {
    plain += bytes.slice(at, end)
    for (; at < end; at++) places.push(startOf(at))
  }
  for (const found of bytes.matchAll(pattern)) {
    const character = plainOf(found)
    if (character === undefined) continue
    copyTo(found.index)
    plain += character
    for (let i = 0; i < character.length; i++) places.push(startOf(found.index))
    at = found.index + found[0].length
  }
  if (at === 0) return undefined
  copyTo(bytes.length)
  places.push(startOf(bytes.length))
  return { bytes: plain, starts: Uint32Array.from(places) }
}

function characterOf(code: number): string | undefined {
  return code <= 0x10ffff ? bytesOf(String.fromCodePoint(code)) : undefined
}

/** A text as its bytes, one a character. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}
