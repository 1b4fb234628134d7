import type { MetadataLists } from '../asking/metadata-lists.ts'
import type { Header, Row } from '../grid/grid.ts'
import type { Answer } from './answer.ts'
import { column, idColumn, textOrNull } from './columns.ts'
import type { Table } from './table-rows.ts'

const headers: readonly Header[] = [idColumn, column('code', 'Code'), column('name', 'Name')]

const list = 'categoryOptionCombos'
const fields = 'id,code,name'

/** How many rows are looked up together. */
const atOnce = 300

/** The category option combos of an answer, those of attributes too, or all. */
export function disaggregationTable(lists: MetadataLists, of: Answer | 'all'): Table {
  return { headers, rows: of === 'all' ? allRows(lists) : rowsOf(lists, of) }
}

async function* allRows(lists: MetadataLists): AsyncGenerator<Row, void> {
  for await (const page of lists.all(list, fields)) {
    for (const { id, code, name } of page) yield [id, textOrNull(code), textOrNull(name)]
  }
}

async function* rowsOf(lists: MetadataLists, answer: Answer): AsyncGenerator<Row, void> {
  const ids = answer.ids('co', 'ao')
  for (let at = 0; at < ids.length; at += atOnce) {
    const some = ids.slice(at, at + atOnce)
    const known = await lists.byIds(list, fields, some)
    for (const id of some) {
      const combo = known.get(id)
      yield [
        id,
        textOrNull(combo?.['code']) ?? answer.text(id, 'code'),
        textOrNull(combo?.['name']) ?? answer.text(id, 'name'),
      ]
    }
  }
}
