import type { MetaData } from '../grid/grid.ts'
import type { ArrowType } from './arrow-messages.ts'
import type { Cells, CodedCells } from './cells.ts'

/** A column of which so many cells hardly repeat has no dictionary. */
const cellsLookedAt = 1024
/** A column that so far has no more different cells than this is taken for one that never has more than 16 bits hold. */
const fewTexts = 256
/** How many texts codes of 16 bits may be of. */
export const mostShortCodes = 32_768

/** The type of a column, by its first cells. `listed` is how many different cells it can have, where that is known. */
export function arrowTypeOf(cells: Cells, listed: number | undefined): ArrowType {
  switch (cells.kind) {
    case 'number':
      return { name: 'float64' }
    case 'boolean':
      return { name: 'bool' }
    case 'date':
      return { name: 'date32' }
    case 'datetime':
      return { name: 'timestamp' }
    case 'plain':
      return { name: 'utf8' }
    case 'text': {
      if (!repeats(cells)) return { name: 'utf8' }
      const isShort = listed === undefined ? cells.dictionary.length <= fewTexts : listed <= mostShortCodes
      return { name: 'codes', bits: isShort ? 16 : 32 }
    }
  }
}

/** How many items of a dimension were asked for, which is how many different cells its column can have. */
export function listedItems(metaData: MetaData | undefined, name: string): number | undefined {
  const dimensions = metaData?.dimensions
  const items = dimensions && Object.hasOwn(dimensions, name) ? dimensions[name] : undefined
  return items?.length || undefined
}

function repeats({ codes, dictionary }: CodedCells): boolean {
  let count = 0
  for (const code of codes) if (code >= 0) count += 1
  return count < cellsLookedAt || dictionary.length * 2 <= count
}
