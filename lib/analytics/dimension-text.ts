import { QueryError } from '../errors.ts'

export type Pair = readonly [name: string, value: string]

/** The dimensions that servers read in this order: in another, values of indicators with an offset are wrong. */
const order = ['dx', 'pe', 'ou']

/** Of these there is one dimension each, whose items are ids and keywords. */
const single = [...order, 'co', 'ao']

/**
 * Dimensions and filters as servers read them: items without white space around them, each once, `dx`, `pe` and `ou` in
 * front. Other parameters keep their places behind the dimensions.
 *
 * @throws QueryError where a server would drop or cut something in silence.
 */
export function readable(pairs: readonly Pair[]): Pair[] {
  // Codes may hold spaces.
  const byId = pairs.every(([name, value]) => name !== 'inputIdScheme' || value === 'UID')
  const cleaned = pairs.map((pair) => (isDimension(pair) ? cleanedPair(pair, byId) : pair))
  for (const kind of ['dimension', 'filter']) refuseCommas(kind, cleaned)
  for (const name of single) refuseTwice(name, cleaned)
  const rank = ([kind, value]: Pair) => {
    if (kind !== 'dimension') return order.length + 1
    const at = order.indexOf(nameOf(value))
    return at === -1 ? order.length : at
  }
  return cleaned.toSorted((a, b) => rank(a) - rank(b))
}

function isDimension([kind]: Pair): boolean {
  return kind === 'dimension' || kind === 'filter'
}

function nameOf(value: string): string {
  return value.split(':', 1)[0]!
}

function cleanedPair([kind, value]: Pair, byId: boolean): Pair {
  const text = value.trim()
  const at = text.indexOf(':')
  if (at === -1) return [kind, text]
  const name = text.slice(0, at).trim()
  const rest = text.slice(at + 1)
  // Conditions hold values of any kind.
  if (rest.includes(':') && !single.includes(name)) return [kind, `${name}:${rest}`]
  const items = [
    ...new Set(
      rest
        .split(';')
        .map((item) => item.trim())
        .filter(Boolean),
    ),
  ]
  if (items.length === 0) {
    throw new QueryError(`Query: ${name} has no items; leave out the colon if all of them are meant`)
  }
  for (const item of items) check(name, item, byId)
  return [kind, `${name}:${items.join(';')}`]
}

function check(name: string, item: string, byId: boolean): void {
  const shown = `Query: ${name}: ${JSON.stringify(item)}`
  if (/[\p{Cc}]/u.test(item) || (byId && /\s/.test(item) && single.includes(name))) {
    throw new QueryError(
      `${shown} has white space in it, and the server would drop it; write several items as a list`,
    )
  }
  if (!single.includes(name)) return
  if (item.includes(',')) {
    throw new QueryError(`${shown} has a comma in it; write several items as a list, or with ; between them`)
  }
  const [, level] = /^(LEVEL-\w+)-(.*)$/.exec(item) ?? []
  if (name === 'ou' && level) {
    const boundary = item.slice(level.length + 1)
    throw new QueryError(
      `${shown}: the server ignores what follows the level, and gives the whole country; write ['${level}', '${boundary}']`,
    )
  }
}

/** A parameter that stands alone is cut at its commas, one of several is not. @throws QueryError */
export function refuseCommas(kind: string, pairs: readonly Pair[]): void {
  const [only, ...more] = pairs.filter(([each]) => each === kind)
  if (!only || more.length || !only[1].includes(',')) return
  throw new QueryError(
    `Query: ${kind} ${JSON.stringify(only[1])} is the only one, and the server cuts it at its comma; give each ${kind} ` +
      'as one of its own, and take a value without a comma',
  )
}

function refuseTwice(name: string, pairs: readonly Pair[]): void {
  const asked = pairs.filter((pair) => isDimension(pair) && nameOf(pair[1]) === name)
  if (asked.length < 2) return
  const where = asked.map(([kind]) => kind)
  throw new QueryError(
    `Query: ${name} is asked for twice (${where.join(', ')}); put all of its items into one, and leave it out of the other`,
  )
}
