import { z } from 'zod'
import { abortSignal, type Shape, validate } from '../checks/validate.ts'
import { QueryError } from '../errors.ts'

/**
 * What a second run does.
 *
 * - `append`: its rows come behind those that are there
 * - `replace`: the table becomes the answer
 * - `upsert`: rows whose key is there are changed, others come, none goes
 * - `replace-slice`: what the query covered becomes the answer, all else stays
 */
export type TableMode = 'append' | 'replace' | 'upsert' | 'replace-slice'

/** Which rows: of each of these columns one of these values. */
export type TableSlice = Readonly<Record<string, readonly string[]>>

/** The options that all sinks for tables have. */
export interface TableOptions {
  /** Its name, behind that of its schema if need be: `public.anc`. Taken as it is, upper case included; a part with a dot in it stands in double quotes. */
  table: string
  /** Default `append`. */
  mode?: TableMode | undefined
  /** The columns by which a row is known again. Default those that are no values: whose headers say `meta: true`. */
  key?: readonly string[] | undefined
  /** What `replace-slice` replaces. Default what the query covered, as the answer's `metaData.dimensions` says. */
  slice?: TableSlice | undefined
  /** Makes the table where there is none. Default false. */
  create?: boolean | undefined
  /** Adds the columns that the table has not. Default false. */
  addColumns?: boolean | undefined
  /** Lets an answer without rows empty the table, under `replace`. Default false. */
  allowEmpty?: boolean | undefined
  /** How many rows may wait while others are written. Default 1,000. */
  highWaterMark?: number | undefined
  /** Destroys it with an AbortError. */
  signal?: AbortSignal | undefined
}

const modes = ['append', 'replace', 'upsert', 'replace-slice'] as const
const names = z.array(z.string()).min(1).readonly()

/** A check for each of the options of {@link TableOptions}, for the schema of a sink that has more. */
export const tableOptionsShape = {
  table: z.string(),
  mode: z.literal(modes, { error: `must be ${modes.join(', ')}` }).optional(),
  key: names.optional(),
  slice: z
    .record(z.string(), names)
    .refine((slice) => Object.keys(slice).length > 0, { error: 'must name at least one column' })
    .optional(),
  create: z.boolean().optional(),
  addColumns: z.boolean().optional(),
  allowEmpty: z.boolean().optional(),
  highWaterMark: z.int({ error: 'must be a whole number' }).min(1).optional(),
  signal: abortSignal.optional(),
} satisfies Shape<TableOptions>

/**
 * The options of a sink, checked by its schema; and that none is given that its mode has no use for.
 *
 * @throws QueryError
 */
export function checkedOptions<Options extends TableOptions>(
  who: string,
  schema: z.ZodType<Options>,
  options: unknown,
): Options {
  const checked = validate(schema, options, who)
  const { mode = 'append', slice, allowEmpty } = checked
  if (slice && mode !== 'replace-slice') {
    throw new QueryError(`${who}: slice: is for mode 'replace-slice', and this is '${mode}'`)
  }
  if (allowEmpty !== undefined && mode !== 'replace') {
    throw new QueryError(`${who}: allowEmpty: is for mode 'replace', and this is '${mode}'`)
  }
  return checked
}
