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

/** Those of Latin-1, from U+00A0 on, where the case of a name tells. */
const latinNames = (
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml'
).split(' ')

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
    /&#x0*([\da-f]{1,6});?|&#0*(\d{1,7});?|&([a-z]{2,6}\d{0,2});/gi,
    ([, hex, decimal, name]) => {
      if (name !== undefined) return names[name.toLowerCase()] ?? latinOf(name)
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

function latinOf(name: string): string | undefined {
  const at = latinNames.indexOf(name)
  return at === -1 ? undefined : characterOf(0xa0 + at)
}

function characterOf(code: number): string | undefined {
  return code <= 0x10ffff ? bytesOf(String.fromCodePoint(code)) : undefined
}

/** A text as its bytes, one a character. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}
