import { QueryError } from '../errors.ts'
import { itemsIn, visible } from './visible-text.ts'

export type Pair = readonly [name: string, value: string]

/** The dimensions that servers read in this order: in another, values of indicators with an offset are wrong. */
const order = ['dx', 'pe', 'ou']

/** What a condition begins with. */
const operator = /^!?(EQ|IEQ|NE|GT|GE|LT|LE|LIKE|ILIKE|IN)$/i

/** What is looked for inside a value may begin or end with a space. */
const inside = /^!?I?LIKE$/i

/**
 * Dimensions and filters as servers read them: items without white space around them, each once, `dx`, `pe` and `ou` in
 * front. Other parameters keep their places behind the dimensions.
 *
 * @throws QueryError where a server would drop or cut something in silence.
 */
export function readable(pairs: readonly Pair[]): Pair[] {
  // Codes may hold spaces and commas.
  const byId = pairs.every(([name, value]) => name !== 'inputIdScheme' || /^UID$/i.test(visible(value)))
  const cleaned = pairs.map((pair) => (isDimension(pair) ? cleanedPair(pair, byId) : pair))
  for (const kind of ['dimension', 'filter']) refuseCommas(kind, cleaned)
  refuseTwice(cleaned)
  const rank = ([kind, value]: Pair) => {
    if (kind !== 'dimension') return order.length + 1
    const at = order.indexOf(nameOf(value))
    return at === -1 ? order.length : at
  }
  return cleaned.toSorted((a, b) => rank(a) - rank(b))
}

/**
 * Org units of several lists as one. A level with a boundary, `LEVEL-3;O6uvpzGd5pu`, keeps its meaning there only beside
 * others of that level or of that boundary: the server takes all ids of the list as roots of all its levels and groups.
 *
 * @throws QueryError where the server would mix them up.
 */
export function refuseMixedRoots(list: readonly string[]): void {
  const parts = list.map((text) => itemsIn(text, /;/)).filter((items) => items.length > 0)
  const bounded = parts.filter((items) => items.length > 1 && items.some(isOfRoots))
  if (bounded.length === 0 || parts.length === 1) return
  const kinds = (wanted: boolean) =>
    parts.map((items) =>
      items
        .filter((item) => isOfRoots(item) === wanted)
        .toSorted()
        .join(';'),
    )
  const [levels, roots] = [new Set(kinds(true)), new Set(kinds(false))]
  if (roots.size === 1 || (levels.size === 1 && !roots.has(''))) return
  throw new QueryError(
    `Query: ou: beside ${bounded[0]!.join(';')} the server takes all ids as roots of all levels and groups; ask for ` +
      'each of them in a query of its own, or for levels of the same boundaries',
  )
}

function isOfRoots(item: string): boolean {
  return /^(LEVEL|OU_GROUP)-/.test(item)
}

function isDimension([kind]: Pair): boolean {
  return kind === 'dimension' || kind === 'filter'
}

function nameOf(value: string): string {
  return value.split(':', 1)[0]!
}

function isCondition(value: string): boolean {
  const [, first, second] = value.split(':', 3)
  return second !== undefined && operator.test(visible(first!))
}

function cleanedPair([kind, value]: Pair, byId: boolean): Pair {
  const at = value.indexOf(':')
  const name = visible(at === -1 ? value : value.slice(0, at))
  if (/\s|\p{Cc}/u.test(name)) {
    throw new QueryError(`Query: ${JSON.stringify(name)} has white space in it, and is no name of a ${kind}`)
  }
  if (at === -1) return [kind, name]
  const rest = value.slice(at + 1)
  if (isCondition(value)) return [kind, `${name}:${cleanedCondition(name, rest)}`]
  const items = itemsIn(rest, /;/).map((item) => item.split(':').map(visible).join(':'))
  if (items.length === 0) {
    throw new QueryError(`Query: ${name} has no items; leave out the colon if all of them are meant`)
  }
  for (const item of items) check(name, item, byId)
  return [kind, `${name}:${withoutTotals(items).join(';')}`]
}

/** `EQ:a:NE:b` without what can't be seen around values, which the server would look for. */
function cleanedCondition(name: string, text: string): string {
  const parts = text.split(':')
  return parts
    .map((part, at) => {
      if (at % 2 === 0) return visible(part)
      const isOfText = inside.test(visible(parts[at - 1]!))
      const values = isOfText ? [part.replace(/^[\p{Cc}\uFEFF]+|[\p{Cc}\uFEFF]+$/gu, '')] : itemsIn(part, /;/)
      const value = values.join(';')
      if (value === '') throw new QueryError(`Query: ${name}: ${visible(parts[at - 1]!)} has no value`)
      if (!/\p{Cc}/u.test(value)) return value
      throw new QueryError(
        `Query: ${name}: ${JSON.stringify(value)} has a line break or tab in it, and the server would look for that`,
      )
    })
    .join(':')
}

/** `fbfJHSPpUQD.*` is the total of `fbfJHSPpUQD`, which would come twice beside it. */
function withoutTotals(items: readonly string[]): string[] {
  return items.filter((item) => !/^\w+\.\*$/.test(item) || !items.includes(item.slice(0, -2)))
}

function check(name: string, item: string, byId: boolean): void {
  const shown = `Query: ${name}: ${JSON.stringify(item)}`
  if (/\p{Cc}/u.test(item) || (byId && /[\s\p{Cf}]/u.test(item))) {
    throw new QueryError(
      `${shown} has white space in it, and the server would drop it; write several items as a list`,
    )
  }
  if (byId && item.includes(',')) {
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

/** Conditions are apart: an item may be a column and narrow the answer too. */
function refuseTwice(pairs: readonly Pair[]): void {
  const kinds = new Map<string, string>()
  for (const [kind, value] of pairs.filter((pair) => isDimension(pair) && !isCondition(pair[1]))) {
    const name = nameOf(value)
    const before = kinds.get(name)
    if (before !== undefined) {
      throw new QueryError(
        `Query: ${name} is asked for twice (${before}, ${kind}); put all of its items into one, and leave it out of the other`,
      )
    }
    kinds.set(name, kind)
  }
}
