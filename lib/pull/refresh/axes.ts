import type { Pair } from '../../query/dimension-text.ts'
import type { FrozenQuestion } from '../frozen-question.ts'
import type { Piece, Plan } from '../piece.ts'
import { PiecePlan } from '../plan.ts'

/** What a plan asks for, as one. */
export interface Axes {
  /** As a dimension or as a filter. */
  readonly dx: readonly string[]
  readonly pe: readonly string[]
  readonly ou: readonly string[]
  /** Its dimensions but those. */
  readonly dimensions: readonly string[]
  /** Its parameters that are no dimensions. */
  readonly others: readonly Pair[]
  /** Where the API is: `/api`, with a version or without. */
  readonly api: string
  /** Whether coarse questions can be asked of it: aggregate data, by item, period and org unit. */
  readonly isProbed: boolean
}

const ownAxes = ['dx', 'pe', 'ou']

/** Of a frozen question as it says; of another plan what its pieces say. */
export function axesOf(plan: Plan): Axes {
  return plan instanceof PiecePlan ? axesOfQuestion(plan.question) : axesOfPieces(plan.pieces())
}

function axesOfQuestion(question: FrozenQuestion): Axes {
  const { endpoint, kind, shared, data, filteredData, periods, orgUnits, others = [] } = question
  const named = shared.flatMap(([name, value]) =>
    name === 'dimension' || name === 'filter' ? [value.split(':')[0]!] : [],
  )
  return {
    dx: (data ?? filteredData ?? []).map(({ id }) => id),
    pe: (periods ?? []).map(({ id }) => id),
    ou: (orgUnits?.paths ?? []).map((path) => path.split('/').at(-1)!),
    dimensions: [...named, ...others.map(({ name }) => name)].filter((name) => !ownAxes.includes(name)),
    others: shared.filter(([name]) => name !== 'dimension'),
    api: apiOf(endpoint),
    isProbed: kind === 'aggregate' && data !== undefined && periods !== undefined && orgUnits !== undefined,
  }
}

function axesOfPieces(pieces: Iterable<Piece>): Axes {
  const axes = { dx: new Set<string>(), pe: new Set<string>(), ou: new Set<string>() }
  const dimensions = new Set<string>()
  let first: Piece | undefined
  for (const piece of pieces) {
    first ??= piece
    for (const name of ['dx', 'pe', 'ou'] as const) {
      for (const id of piece.covers?.[name] ?? []) axes[name].add(id)
    }
    for (const [kind, value] of piece.pairs) {
      const name = value.split(':')[0]!
      if ((kind === 'dimension' || kind === 'filter') && !ownAxes.includes(name)) dimensions.add(name)
    }
  }
  const { endpoint = '', pairs = [] } = first ?? {}
  return {
    dx: [...axes.dx],
    pe: [...axes.pe],
    ou: [...axes.ou],
    dimensions: [...dimensions],
    others: pairs.filter(([name]) => name !== 'dimension'),
    api: apiOf(endpoint),
    isProbed: /\/analytics(\.json)?$/.test(endpoint) && Object.values(axes).every(({ size }) => size > 0),
  }
}

function apiOf(endpoint: string): string {
  return /^\/api(\/\d+)?(?=\/)/.exec(endpoint)?.[0] ?? '/api'
}

/** The value of a parameter. */
export function paramOf({ others }: Axes, wanted: string): string | undefined {
  return others.find(([name]) => name === wanted)?.[1]
}
