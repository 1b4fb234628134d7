import { QueryError } from '../errors.ts'
import type { Pair } from './dimension-text.ts'
import { factsOf } from './endpoint-table.ts'

/** `element.option`, `element.option.attribute`; `*` stands for any. */
const operand = /^\w{11}(\.(\w{11}|\*)){1,2}$/

/** What ids are given as in the answer, and what takes the column `dx` apart. */
const otherIds = /^output(DataItem|DataElement)?IdScheme$/

/** Operands of which a server gives more than was asked for: of `A.x;B.y` also `A.y` and `B.x`. */
export interface Crossing {
  /** Of how many data elements they are. */
  readonly elementCount: number
  /** Whether a value of the column `dx` is not one that nobody asked for. */
  readonly isAsked: (dx: unknown) => boolean
}

/** @throws QueryError for a filter, whose sums hold what nobody asked for. */
export function refuseCrossedFilter(pairs: readonly Pair[]): void {
  const crossing = crossingOf('filter', pairs)
  if (!crossing || crossing.elementCount === 1) return
  throw new QueryError(
    'Query: the filter dx has operands of several data elements, of which the server adds up all combinations; make dx a ' +
      'dimension and add the rows up',
  )
}

/**
 * What `rows` and `aggregate` drop; undefined where all that comes was asked for.
 *
 * @throws QueryError where the answer has other ids than the question, so that nobody can tell.
 */
export function crossedOperands(endpoint: string, pairs: readonly Pair[]): Crossing | undefined {
  if (factsOf(endpoint)?.name !== 'analytics') return undefined
  const crossing = crossingOf('dimension', pairs)
  if (!crossing || crossing.elementCount === 1) return crossing
  const other = pairs.find(
    ([name, value]) => (otherIds.test(name) && value !== 'UID') || name === 'columns' || name === 'rows',
  )
  if (!other) return crossing
  throw new QueryError(
    `Query: dx has operands of several data elements, of which the server gives all combinations; with ${other[0]} nobody ` +
      'can tell which were asked for: leave it out, or ask for one data element at a time',
  )
}

function crossingOf(as: 'dimension' | 'filter', pairs: readonly Pair[]): Crossing | undefined {
  const dx = pairs.find(([kind, value]) => kind === as && value.startsWith('dx:'))?.[1].slice(3)
  const operands = (dx?.split(';') ?? []).filter((item) => operand.test(item)).map((item) => item.split('.'))
  const isCrossed = [2, 3].some((length) => {
    const alike = operands.filter((parts) => parts.length === length)
    return idsAt(alike).reduce((product, ids) => product * ids.size, 1) > alike.length && alike.length > 0
  })
  if (!isCrossed) return undefined
  const ids = idsAt(operands)
  return {
    elementCount: ids[0]!.size,
    isAsked(cell) {
      const parts = String(cell).split('.')
      if (parts.length < 2 || !parts.every((part, at) => stands(ids[at], part))) return true
      return operands.some((asked) => asked.every((id, at) => id === '*' || id === parts[at]))
    },
  }
}

/** The ids at each place of some operands. */
function idsAt(operands: readonly (readonly string[])[]): Set<string>[] {
  const longest = Math.max(0, ...operands.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => new Set(operands.flatMap((parts) => parts[at] ?? [])))
}

function stands(ids: ReadonlySet<string> | undefined, id: string): boolean {
  return ids !== undefined && (ids.has(id) || ids.has('*'))
}
