import type { Country } from '../../lib/testing/index.ts'

/** The parameters of an aggregate question. */
export function question(
  axes: Readonly<Record<string, readonly string[]>>,
  more: Readonly<Record<string, string>> = {},
): [string, string][] {
  return [
    ...Object.entries(axes).map(([name, items]): [string, string] => [
      'dimension',
      `${name}:${items.join(';')}`,
    ]),
    ...Object.entries(more),
  ]
}

/** The answer of a country as cells by their keys, in the order of the axes asked for; the refusal's code where there is none. */
export function cells(country: Country, params: readonly (readonly [string, string])[]): Map<string, string> {
  const answer = country.analytics(params)
  if ('message' in answer) throw new Error(`${answer.errorCode}: ${answer.message}`)
  const found = new Map<string, string>()
  for (const row of answer.rows) {
    const key = row.slice(0, -1).join(' ')
    if (found.has(key)) throw new Error(`Twice: ${key}`)
    found.set(key, row.at(-1)!)
  }
  return found
}

/** The code that a question is refused with. */
export function refusalOf(
  country: Country,
  params: string | readonly (readonly [string, string])[],
): string | undefined {
  const answer = country.analytics(params)
  return 'message' in answer ? answer.errorCode : undefined
}

/** Several answers as one; a cell that two of them have is a mistake. */
export function joined(parts: readonly ReadonlyMap<string, string>[]): Map<string, string> {
  const all = new Map<string, string>()
  for (const part of parts) {
    for (const [key, value] of part) {
      if (all.has(key)) throw new Error(`In two pieces: ${key}`)
      all.set(key, value)
    }
  }
  return all
}

export function sorted(found: ReadonlyMap<string, string>): [string, string][] {
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

export function months(from: number, to: number): string[] {
  return Array.from({ length: (to - from + 1) * 12 }, (_, at) => {
    return `${from + Math.floor(at / 12)}${String((at % 12) + 1).padStart(2, '0')}`
  })
}
