/** Below this a value such as a tenant's number is no secret, but likely to stand in a message by chance. */
const shortestSecret = 8

/** The latest secrets, to be struck out of what a server says: some error pages show the request's headers. */
export class Secrets {
  readonly #most: number
  #latest: readonly string[] = []

  constructor(most: number) {
    this.#most = most
  }

  remember(values: readonly string[]): void {
    const secrets = values.filter((value) => value.length >= shortestSecret && !this.#latest.includes(value))
    if (secrets.length) this.#latest = [...secrets, ...this.#latest].slice(0, this.#most)
  }

  conceal(text: string): string {
    return this.#latest.reduce((concealed, secret) => concealed.replaceAll(secret, '[concealed]'), text)
  }
}

/** Of `Bearer abc` the `abc`; of Basic also what it encodes, as a server may have decoded it; of cookies each value. */
export function secretsIn(name: string, value: string): string[] {
  if (name.toLowerCase() === 'cookie') return [value, ...value.split(';').flatMap(cookieSecrets)]
  const [, scheme, secret] = /^(\S+) (.*)$/s.exec(value) ?? [undefined, '', value]
  if (scheme?.toLowerCase() !== 'basic') return [secret ?? '']
  const pair = Buffer.from(secret ?? '', 'base64').toString()
  return [secret ?? '', pair, pair.slice(pair.indexOf(':') + 1)]
}

/** Of a cookie, or a `Set-Cookie` line, its value; also as the text that its bytes are. */
export function cookieSecrets(line: string): string[] {
  const value = line
    .slice(line.indexOf('=') + 1)
    .split(';', 1)[0]!
    .trim()
  const bare = value.replace(/^"(.*)"$/, '$1')
  return [value, bare, Buffer.from(bare, 'latin1').toString()]
}
