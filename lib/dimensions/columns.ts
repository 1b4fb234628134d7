import type { Header } from '../grid/grid.ts'

/** The id of a table, which is what the others of its row belong to: alone it is `meta`, and so the key of a sink. */
export const idColumn: Header = { name: 'id', column: 'Id', valueType: 'TEXT', hidden: false, meta: true }

/** Any other column. */
export function column(name: string, label: string, valueType = 'TEXT'): Header {
  return { name, column: label, valueType, hidden: false, meta: false }
}

/** What came as text; null where nothing did. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
