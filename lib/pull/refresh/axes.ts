import type { Pair } from '../../query/dimension-text.ts'
import type { Plan } from '../piece.ts'

/** What a plan asks for, as one. */
export interface Axes {
  readonly dx: readonly string[]
  readonly pe: readonly string[]
  readonly ou: readonly string[]
  /** Its dimensions but those. */
  readonly dimensions: readonly string[]
  /** Its parameters that are no dimensions. */
  readonly others: readonly Pair[]
  /** Where the API is: `/api`, with a version or without. */
  readonly api: string
  /** Whether it is about aggregate data, which coarse questions can be asked of. */
  readonly isAggregate: boolean
}

const ownAxes = ['dx', 'pe', 'ou']

export function axesOf(plan: Plan): Axes {
  const axes = { dx: new Set<string>(), pe: new Set<string>(), ou: new Set<string>() }
  const dimensions = new Set<string>()
  let first: { endpoint: string; pairs: readonly Pair[] } | undefined
  for (const { endpoint, pairs, covers = {} } of plan.pieces()) {
    first ??= { endpoint, pairs }
    for (const name of ['dx', 'pe', 'ou'] as const) for (const id of covers[name] ?? []) axes[name].add(id)
    for (const [kind, value] of pairs) {
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
    api: /^\/api(\/\d+)?(?=\/)/.exec(endpoint)?.[0] ?? '/api',
    isAggregate: /\/analytics(\.json)?$/.test(endpoint),
  }
}

/** The value of a parameter. */
export function paramOf({ others }: Axes, wanted: string): string | undefined {
  return others.find(([name]) => name === wanted)?.[1]
}
