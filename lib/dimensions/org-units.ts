import type { MetadataLists, Thing } from '../asking/metadata-lists.ts'
import { RowError } from '../errors.ts'
import type { Header, Row } from '../grid/grid.ts'
import { isObject } from '../grid/grid.ts'
import type { Answer } from './answer.ts'
import { column, idColumn, textOrNull } from './columns.ts'
import type { Table } from './table-rows.ts'

const list = 'organisationUnits'
const fields = 'id,code,name,level,path,ancestors[id,name]'

/** How many rows are looked up together. */
const atOnce = 300

/**
 * The org units of an answer, or all. The columns of levels are as many as the server has named, or as `levels` says,
 * however deep the org units of this answer are.
 */
export async function orgUnitTable(
  lists: MetadataLists,
  of: Answer | 'all',
  levels: number | undefined,
): Promise<Table> {
  const names = await levelNames(lists)
  const depth = levels ?? Math.max(0, ...names.keys())
  const headers = headersOf(depth, names)
  return { headers, rows: of === 'all' ? allRows(lists, depth) : rowsOf(lists, of, depth) }
}

function headersOf(depth: number, names: ReadonlyMap<number, string>): Header[] {
  return [
    idColumn,
    column('code', 'Code'),
    column('name', 'Name'),
    column('level', 'Level', 'INTEGER_POSITIVE'),
    column('parent', 'Parent'),
    column('path', 'Path'),
    ...Array.from({ length: depth }, (_, i) => i + 1).flatMap((level) => {
      const label = names.get(level) ?? `Level ${level}`
      return [column(`level${level}_id`, `${label} id`), column(`level${level}_name`, label)]
    }),
  ]
}

async function levelNames(lists: MetadataLists): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>()
  for await (const page of lists.all('organisationUnitLevels', 'id,level,name')) {
    for (const { level, name } of page) if (typeof level === 'number') names.set(level, String(name))
  }
  return names
}

async function* allRows(lists: MetadataLists, depth: number): AsyncGenerator<Row, void> {
  let rowNumber = 0
  for await (const page of lists.all(list, fields)) {
    for (const unit of page) yield rowOf(unit, depth, ++rowNumber)
  }
}

async function* rowsOf(lists: MetadataLists, answer: Answer, depth: number): AsyncGenerator<Row, void> {
  const ids = answer.ids('ou')
  for (let at = 0; at < ids.length; at += atOnce) {
    const some = ids.slice(at, at + atOnce)
    const known = await lists.byIds(list, fields, some)
    for (const [i, id] of some.entries()) {
      const unit = known.get(id)
      yield unit
        ? rowOf(unit, depth, at + i + 1)
        : rowOf({ id, code: answer.text(id, 'code'), name: answer.text(id, 'name') }, depth, at + i + 1)
    }
  }
}

function rowOf({ id, code, name, path, level, ancestors }: Thing, depth: number, rowNumber: number): Row {
  const ids = (textOrNull(path) ?? '').split('/').filter(Boolean)
  if (ids.length > depth) {
    throw new RowError(
      `${id} lies at level ${ids.length}, and there are columns for ${depth}; ask with levels: ${ids.length}`,
      { rowNumber, column: 'path' },
    )
  }
  const names = new Map(
    [...(Array.isArray(ancestors) ? ancestors : []), { id, name }]
      .filter(isObject)
      .map((unit) => [unit['id'], textOrNull(unit['name'])]),
  )
  return [
    id,
    textOrNull(code),
    textOrNull(name),
    typeof level === 'number' ? level : null,
    ids.at(-2) ?? null,
    textOrNull(path),
    ...Array.from({ length: depth }, (_, i) => [ids[i] ?? null, names.get(ids[i]) ?? null]).flat(),
  ]
}
