import { z } from 'zod'

/** The value types DHIS2 knows today. New ones come with new versions, so a header may carry any other. */
export const valueTypes = [
  'TEXT',
  'LONG_TEXT',
  'MULTI_TEXT',
  'LETTER',
  'PHONE_NUMBER',
  'EMAIL',
  'BOOLEAN',
  'TRUE_ONLY',
  'DATE',
  'DATETIME',
  'TIME',
  'NUMBER',
  'UNIT_INTERVAL',
  'PERCENTAGE',
  'INTEGER',
  'INTEGER_POSITIVE',
  'INTEGER_NEGATIVE',
  'INTEGER_ZERO_OR_POSITIVE',
  'TRACKER_ASSOCIATE',
  'USERNAME',
  'COORDINATE',
  'ORGANISATION_UNIT',
  'REFERENCE',
  'AGE',
  'URL',
  'FILE_RESOURCE',
  'IMAGE',
  'GEOJSON',
] as const

export type ValueType = (typeof valueTypes)[number] | (string & Record<never, never>)

/**
 * One column of a grid: `name` is its key (`dx`, `value`, `Stage.DE`), `column` the label people read, which
 * may repeat. Old servers leave out `valueType` and `type`. Fields not listed are kept.
 */
export interface Header {
  name: string
  column?: string
  valueType?: ValueType
  /** A Java class. */
  type?: string
  hidden?: boolean
  meta?: boolean
  optionSet?: string
  legendSet?: string
  programStage?: string
  stageOffset?: number
  [field: string]: unknown
}

/** What DHIS2 says of the items in a grid: `{}` under `skipMeta`. Fields not listed are kept. */
export interface MetaData {
  /** Id to at least a name, for every item in the rows. */
  items?: Record<string, { name?: string; [field: string]: unknown }>
  /** Dimension to the ids of its items. */
  dimensions?: Record<string, string[]>
  /** What old servers had in place of `items`: id to name. */
  names?: Record<string, string>
  [field: string]: unknown
}

/** One row of cells, in header order, as they are on the wire: strings on current servers, any JSON on others. */
export type Row = unknown[]

/** A whole analytics response. Fields not listed are kept. */
export interface Grid {
  headers: Header[]
  rows: Row[]
  metaData: MetaData
  /** Columns of the first row; 0 where there are no rows. */
  width: number
  /** Number of rows. */
  height: number
  /** Number of headers. */
  headerWidth: number
  [field: string]: unknown
}

/** The shape of `headers`. Only what this package relies on is checked, so that what a newer server adds passes. */
export const headersSchema = z.array(
  z.looseObject({ name: z.string(), column: z.string().optional(), valueType: z.string().optional() }),
)

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const object = z.custom<Record<string, unknown>>(isObject, { error: 'must be an object' })

const count = z.int().min(0).nullish()

/** The shape of what is around the rows and headers of a grid, as far as this package relies on it. */
export const frameSchema = z.object({
  metaData: object.refine(({ items = {}, dimensions = {} }) => isObject(items) && isObject(dimensions), {
    error: 'must have items and dimensions that are objects',
  }),
  width: count,
  headerWidth: count,
})
