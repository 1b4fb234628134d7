/** A column of a grid, as `headers` describes it. */
export interface TableHeader {
  name: string
  column: string
  valueType: string
  /** A Java class. */
  type: string
  hidden: boolean
  meta: boolean
  optionSet?: string
  programStage?: string
  stageOffset?: number
}

/** What a cell holds before it is written; current servers write strings only. */
export type TableCell = string | number | boolean | null | object

/** A table before it has a format, of any number of rows in the memory of a few. */
export interface Table {
  headers: readonly TableHeader[]
  metaData: Readonly<Record<string, unknown>>
  rows: number
  /**
   * The leading cells that identify a row: row number to text, with `open` before the first cell and `between`
   * before each other. ASCII that needs no quoting, of one length for all rows.
   */
  keys: (open: string, between: string) => (row: number) => string
  /** The other cells: row n has `turns[n % turns.length]`, or else that of `turnOf(n)`. */
  turns: readonly (readonly TableCell[])[]
  turnOf?: (row: number) => number
}

const javaTypes: Readonly<Record<string, string>> = {
  NUMBER: 'java.lang.Double',
  UNIT_INTERVAL: 'java.lang.Double',
  PERCENTAGE: 'java.lang.Double',
  INTEGER: 'java.lang.Integer',
  INTEGER_POSITIVE: 'java.lang.Integer',
  INTEGER_ZERO_OR_POSITIVE: 'java.lang.Integer',
  BOOLEAN: 'java.lang.Boolean',
  TRUE_ONLY: 'java.lang.Boolean',
  DATE: 'java.time.LocalDate',
  AGE: 'java.util.Date',
  DATETIME: 'java.time.LocalDateTime',
  COORDINATE: 'org.opengis.geometry.primitive.Point',
  GEOJSON: 'org.opengis.geometry.Geometry',
}

/** A header; the Java class follows from the value type. */
export function header(name: string, column: string, valueType = 'TEXT', meta = true): TableHeader {
  return { name, column, valueType, type: javaTypes[valueType] ?? 'java.lang.String', hidden: false, meta }
}

/** `metaData.items` of some things with names, and of the dimensions named beside them. */
export function itemsOf(
  things: Iterable<{ id: string; name: string }>,
  dimensions: Readonly<Record<string, string>> = {},
): Record<string, { name: string }> {
  const items: Record<string, { name: string }> = {}
  for (const { id, name } of things) items[id] = { name }
  for (const [id, name] of Object.entries(dimensions)) items[id] = { name }
  return items
}
