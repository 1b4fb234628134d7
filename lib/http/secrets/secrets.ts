import { isBase64, type Needle, needlesOf, strikeOut } from './strike-out.ts'

/** Below this a value such as a tenant's number is no secret, but likely to stand in a message by chance. */
const shortestValue = 8

/** Headers and cookies by these names hold what nobody is to see, however short it is. */
const isTelling = /auth|token|key|secret|pass|session|sid/i

/** The latest secrets, to be struck out of what a server says: some error pages show the request's headers. */
export class Secrets {
  readonly #most: number
  #latest: readonly string[] = []
  #needles: readonly Needle[] | undefined
  #shortest: number | undefined

  constructor(most: number) {
    this.#most = most
  }

  remember(values: readonly string[]): void {
    const secrets = new Set(values.filter((value) => value !== '' && !this.#latest.includes(value)))
    if (secrets.size === 0) return
    this.#latest = [...secrets, ...this.#latest].slice(0, this.#most)
    this.#needles = undefined
    this.#shortest = undefined
  }

  /** `isCut` says that a secret may lie across an end of the text, and half of it is to go too. */
  conceal(text: string, isCut: boolean): string {
    this.#needles ??= this.#latest.flatMap(formsOf).flatMap(needlesOf)
    this.#shortest ??= Math.min(...this.#needles.map(({ bytes }) => bytes.length))
    // No escape is shorter than what it stands for.
    if (!isCut && Buffer.byteLength(text) < this.#shortest) return text
    return strikeOut(this.#needles, text, isCut)
  }
}

/** Of `Bearer abc` the `abc`; of Basic also what it encodes, as a server may have decoded it; of cookies each value. */
export function secretsIn(name: string, value: string): string[] {
  if (name.toLowerCase() === 'cookie') return value.split(';').flatMap(cookieSecrets)
  const given = value.trim()
  const [, scheme = '', secret = given] = /^(\S+) +(.*)$/s.exec(given) ?? []
  const isAuthorization = /authorization$/i.test(name)
  const secrets = isAuthorization ? [secret] : [given, secret]
  if (scheme.toLowerCase() === 'basic') secrets.push(...decodedBasic(secret))
  if (isAuthorization) secrets.push(...longEnough(parametersOf(secret)))
  return isTelling.test(name) ? secrets : longEnough(secrets)
}

/** Of a cookie, or a `Set-Cookie` line, its value; also as the text that its bytes are. */
export function cookieSecrets(line: string): string[] {
  const at = line.indexOf('=')
  const value = line
    .slice(at + 1)
    .split(';', 1)[0]!
    .trim()
  const bare = value.replace(/^"(.*)"$/, '$1')
  const secrets = [value, bare, Buffer.from(bare, 'latin1').toString()]
  return isTelling.test(line.slice(0, at)) ? secrets : longEnough(secrets)
}

/** Of `username="admin", response="6629f…"` what is behind each sign, as Digest and those who sign requests write it. */
function parametersOf(secret: string): string[] {
  return [...secret.matchAll(/[\w-]=(?:"([^"]*)"|([^\s",=][^\s",]*))/g)].map(
    ([, quoted, bare]) => (quoted ?? bare)!,
  )
}

function longEnough(values: readonly string[]): string[] {
  return values.filter((value) => value.length >= shortestValue)
}

/** The pair of name and password, and the password, whichever way the bytes are read. */
function decodedBasic(encoded: string): string[] {
  const bytes = Buffer.from(encoded, 'base64')
  return (['utf8', 'latin1'] as const).flatMap((charset) => {
    const pair = bytes.toString(charset)
    return [pair, pair.slice(pair.indexOf(':') + 1)]
  })
}

/** A secret as servers may have put it, escapes aside. */
function formsOf(secret: string): string[] {
  const forms = [secret, secret.replaceAll(' ', '+')]
  if (isBase64(secret)) {
    const bare = secret.replace(/=+$/, '')
    forms.push(bare, bare.replaceAll('+', '-').replaceAll('/', '_'))
  }
  // As CSV and SQL write it.
  for (const mark of ['"', "'"]) if (secret.includes(mark)) forms.push(secret.replaceAll(mark, mark + mark))
  // What is left where it went through another charset.
  const lost = /[^\0-\x7f]/gu
  if (lost.test(secret)) forms.push(secret.replace(lost, '\ufffd'), secret.replace(lost, '?'))
  return [...new Set(forms)]
}
