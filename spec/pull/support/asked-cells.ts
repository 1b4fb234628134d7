import { dayMs } from '../../../lib/periods/spans.ts'
import type { FrozenQuestion } from '../../../lib/pull/frozen-question.ts'
import type { Piece } from '../../../lib/pull/piece.ts'
import { crossed, product } from './product.ts'
import { depthOf, idOf } from './questions.ts'

/** The cells that a piece asks a server for, by its parameters alone, less those that it does not want. */
export function cellsOf(piece: Piece, tree: readonly string[]): string[] {
  const dimensions = piece.pairs.filter(([name]) => name === 'dimension')
  const names = dimensions.map(([, value]) => value.split(':', 1)[0]!)
  const items = dimensions.map(([, value], at) => {
    const ids = value.slice(names[at]!.length + 1).split(';')
    if (names[at] === 'ou') return orgUnitsSaid(ids, tree)
    return names[at] === 'dx' ? crossed(ids) : ids
  })
  const isWanted = piece.isWanted?.(names)
  const days = daysSaid(piece)
  return product(items)
    .filter((row) => isWanted?.(row) ?? true)
    .flatMap((row) => (days ? days.map((day) => [...row, day]) : [row]))
    .map((row) => row.join())
}

/** The cells of a whole question. */
export function cellsAsked(question: FrozenQuestion): string[] {
  const { data, periods, orgUnits, others = [], days } = question
  const items = [
    data?.map((each) => each.id),
    periods?.map((each) => each.id),
    orgUnits?.paths.map(idOf),
    ...others.map((each) => each.items),
    days?.spans.flatMap(({ from, to }) => eachDay(from, to)),
  ]
  return product(items.filter((each) => each !== undefined)).map((row) => row.join())
}

/** As a server reads `LEVEL-n` and its roots. */
function orgUnitsSaid(ids: readonly string[], tree: readonly string[]): string[] {
  const [first, ...roots] = ids
  if (!first?.startsWith('LEVEL-')) return [...ids]
  const below = (path: string) => roots.some((root) => path.slice(0, -12).includes(root))
  return tree.filter((path) => depthOf(path) === Number(first.slice(6)) && below(path)).map(idOf)
}

function daysSaid({ pairs }: Piece): string[] | undefined {
  const values = new Map(pairs)
  const [from, to] = values.get('enrollmentDate')?.split('_') ?? [
    values.get('startDate'),
    values.get('endDate'),
  ]
  return from && to ? eachDay(from, to) : undefined
}

function eachDay(from: string, to: string): string[] {
  const start = Date.parse(from)
  return Array.from({ length: (Date.parse(to) - start) / dayMs + 1 }, (_, at) =>
    new Date(start + at * dayMs).toISOString().slice(0, 10),
  )
}
