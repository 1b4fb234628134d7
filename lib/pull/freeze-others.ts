import { type Asker, refusedWith } from '../asking/asker.ts'
import { frozen } from '../asking/frozen.ts'
import { QueryError } from '../errors.ts'
import type { Pair } from '../query/dimension-text.ts'
import type { FrozenDimension } from './frozen-question.ts'

/** The dimensions of a question besides `dx`, `pe` and `ou`. */
export interface FrozenOthers {
  /** Those with items, which may be cut along them. */
  readonly cuttable: readonly FrozenDimension[]
  /** What those without items come to; undefined where nobody can tell. */
  readonly rowsEach: number | undefined
}

const own = ['dx', 'pe', 'ou']

/** Combinations of options belong to data, without which nothing can be asked of them. */
const combos = ['co', 'ao']

/** @throws QueryError for items that were named and are not there. */
export async function frozenOthers(
  asker: Asker,
  api: string,
  pairs: readonly Pair[],
  optionCombos: number | undefined,
): Promise<FrozenOthers> {
  const cuttable: FrozenDimension[] = []
  let rowsEach: number | undefined = 1
  for (const [kind, text] of pairs) {
    const [name = '', rest] = text.split(/:(.*)/s, 2)
    if (kind !== 'dimension' || own.includes(name)) continue
    const items = rest?.split(';')
    const known = combos.includes(name) ? items : await itemsKnown(asker, api, text, name, pairs)
    if (items) {
      refuseMissing(name, items, known)
      cuttable.push({ name, items })
      continue
    }
    const count = name === 'co' ? optionCombos : known?.length
    rowsEach = rowsEach === undefined || count === undefined ? undefined : rowsEach * Math.max(1, count)
  }
  return { cuttable, rowsEach }
}

async function itemsKnown(
  asker: Asker,
  api: string,
  text: string,
  name: string,
  base: readonly Pair[],
): Promise<readonly string[] | undefined> {
  try {
    const { dimensions } = await frozen(asker, api, base, [
      ['dimension', text],
      ['filter', 'pe:THIS_YEAR'],
    ])
    return dimensions?.[name]
  } catch (error) {
    if (!refusedWith(error, 'E7124', 'E7143')) throw error
    throw new QueryError(`plan: the server knows no dimension ${text}`, { cause: error })
  }
}

function refuseMissing(name: string, items: readonly string[], known: readonly string[] | undefined): void {
  const missing = known ? items.filter((item) => !known.includes(item)) : []
  if (missing.length === 0) return
  throw new QueryError(
    `plan: ${name}: the server knows no ${missing.join(', ')}, and would drop it in silence`,
  )
}
