import { inspect } from 'node:util'
import { z } from 'zod'
import { isPromise } from '../checks/callback.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { QueryError, RowError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { misfit, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

/** A schema of zod 4, valibot, arktype and others, as far as it matters here: https://standardschema.dev. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema makes of what it is given. */
type OutputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

const optionsSchema = z.strictObject({
  ...streamOptionsShape,
  schema: z.custom<StandardSchema>(
    (schema) => typeof (schema as Partial<StandardSchema> | null)?.['~standard']?.validate === 'function',
    { error: 'must be a Standard Schema, such as one of zod 4, valibot or arktype' },
  ),
} satisfies Shape<StreamOptions & { schema: unknown }>)

/**
 * Rows or objects in, what a schema (zod 4, valibot, arktype, or any other Standard Schema) makes of each out, and of
 * that type: `validateRows(z.tuple([z.string(), z.string(), z.string(), z.number()]))` behind `castCells()`, or
 * `validateRows(z.object({ ou: z.string(), value: z.number() }))` behind `toObjects()`. The headers are announced onward
 * as they are, so the schema has to make rows of rows and objects of objects.
 *
 * The stream fails with a RowError at the first row that does not fit; its `cause` is the schema's own: zod's error, or
 * the list of issues.
 *
 * @throws QueryError for what is no schema.
 */
export function validateRows<Schema extends StandardSchema>(
  schema: Schema,
  options: StreamOptions = {},
): TransformTo<OutputOf<Schema>> {
  const { schema: _, ...checked } = validate(optionsSchema, { ...options, schema }, 'validateRows')
  const check = checkOf(schema)
  return rowStage('validateRows', checked, ({ headers, gives }) => ({
    headers,
    step(row, rowNumber) {
      const { issues, cause, value: made } = check(row)
      if (issues) throw unfit(issues, cause, rowNumber, headers)
      if (made === undefined || made === null) {
        throw new QueryError(`validateRows: the schema makes ${made} of a row; use filterRows to drop it`)
      }
      if (Array.isArray(made) !== Array.isArray(row)) {
        throw new QueryError(
          'validateRows: the schema makes objects of arrays, or arrays of objects; use toObjects or mapRows for that',
        )
      }
      if (headers && gives !== 'batches' && Array.isArray(made) && made.length !== headers.length) {
        throw misfit(made, headers.length, rowNumber, '; use selectColumns or mapRows for that')
      }
      return made
    },
  }))
}

interface Checked {
  readonly value?: unknown
  readonly issues?: readonly StandardIssue[] | undefined
  readonly cause?: unknown
}

function checkOf(schema: StandardSchema): (row: unknown) => Checked {
  if (schema instanceof z.core.$ZodType) return (row) => checkedByZod(schema, row)
  const standard = schema['~standard']
  return (row) => {
    const result = standard.validate(row)
    if (isPromise(result)) {
      result.then(undefined, () => undefined)
      throw mustNotWait()
    }
    if (typeof result !== 'object' || result === null) {
      throw new QueryError(
        `validateRows: the schema answers with ${inspect(result)}, as no Standard Schema does`,
      )
    }
    // Field by field, as some have them as getters.
    return result.issues ? { issues: result.issues, cause: result.issues } : result
  }
}

/** Not by its Standard Schema, where what a function of the user throws becomes a promise. */
function checkedByZod(schema: z.core.$ZodType, row: unknown): Checked {
  try {
    const { data, error } = z.safeParse(schema, row)
    return { value: data, issues: error?.issues, cause: error }
  } catch (thrown) {
    throw thrown instanceof z.core.$ZodAsyncError ? mustNotWait() : thrown
  }
}

function mustNotWait(): QueryError {
  return new QueryError('validateRows: the schema must not be async: what it gives is needed at once')
}

function unfit(
  issues: readonly StandardIssue[],
  cause: unknown,
  rowNumber: number,
  headers: readonly Header[] | undefined,
): RowError {
  const { path = [], message = 'does not fit the schema' }: Partial<StandardIssue> = issues[0] ?? {}
  const keys = path.map((each) => (typeof each === 'object' ? each.key : each))
  const [place] = keys
  const column =
    typeof place === 'number' ? (headers?.[place]?.name ?? `[${place}]`) : keys.map(String).join('.')
  return new RowError(message, { rowNumber, column: column || undefined, cause })
}
