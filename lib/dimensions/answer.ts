import { QueryError } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'
import { fieldOf, idsOf, itemOf } from '../grid/meta-data.ts'
import { textOrNull } from './columns.ts'

/** What an answer says of itself. */
export class Answer {
  readonly metaData: MetaData

  /** @throws QueryError where it does not say which items it has. */
  constructor(metaData: MetaData | undefined) {
    if (metaData === undefined) {
      throw new QueryError('dimensionTables: the metaData is not known yet; read the rows first')
    }
    if (!['dx', 'pe', 'ou'].some((dimension) => idsOf(metaData, dimension))) {
      throw new QueryError(
        "dimensionTables: the answer does not say which items it has; ask without skipMeta, or take 'all'",
      )
    }
    this.metaData = metaData
  }

  /** The ids of some dimensions, each once; none of one that the answer has not. */
  ids(...dimensions: readonly string[]): string[] {
    return [...new Set(dimensions.flatMap((dimension) => idsOf(this.metaData, dimension) ?? []))]
  }

  /** What the answer says of an item: its `name`, `code`, … */
  text(id: string, field: string): string | null {
    const said = textOrNull(itemOf(this.metaData, id)?.[field])
    return field === 'name' ? (said ?? textOrNull(fieldOf(this.metaData.names, id))) : said
  }
}
