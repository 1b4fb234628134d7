import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import type { Header, Row } from '../grid/grid.ts'
import { indexOf } from '../rows/header-names.ts'
import { losesOrder } from '../rows/object-keys.ts'
import { cellsOf, neededHeaders, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

const renaming = z.tuple([z.string(), z.string()]).readonly()

const schema = z.strictObject({
  ...streamOptionsShape,
  columns: z
    .union(
      [
        z
          .array(z.union([z.string(), renaming]))
          .min(1)
          .readonly(),
        z.record(z.string(), z.string()),
      ],
      {
        error: 'must be a list of column names, or of [name, new name], or an object of name to new name',
      },
    )
    .refine((columns) => Array.isArray(columns) || !losesOrder(Object.keys(columns)), {
      error:
        "must be a list such as [['202402', 'February'], ['202401', 'January']]: an object puts numbers first",
    }),
} satisfies Shape<StreamOptions & { columns: unknown }>)

/**
 * Rows in, rows of these columns out, in this order: `selectColumns(['ou', 'value'])`, or under other names,
 * `selectColumns([['ou', 'facility'], 'value'])`, or `selectColumns({ ou: 'facility', value: 'value' })`. An object can't
 * hold names that are whole numbers, such as periods: JavaScript would put them first. A column of a new name has it
 * for its label too. It belongs in front of `toObjects`.
 *
 * The stream fails with a QueryError where a column is not there or is there twice, where rows are no arrays, and
 * behind a stage that announces no headers.
 */
export function selectColumns<Cell = unknown>(
  columns: readonly (string | readonly [string, string])[] | Readonly<Record<string, string>>,
  options: StreamOptions = {},
): TransformTo<Cell[], readonly Cell[]> {
  validate(schema, { ...options, columns }, 'selectColumns')
  const wanted: readonly (readonly [string, string])[] = Array.isArray(columns)
    ? columns.map((name) => (typeof name === 'string' ? [name, name] : name))
    : Object.entries(columns)
  return rowStage(
    'selectColumns',
    options,
    (upstream) => {
      const headers = neededHeaders('selectColumns', upstream)
      const indexes = wanted.map(([name]) => indexOf('selectColumns', headers, name))
      return {
        headers: wanted.map(([, name], i) => renamed(headers[indexes[i]!]!, name)),
        step(row, rowNumber) {
          const cells = cellsOf('selectColumns', row, headers.length, rowNumber)
          const made: Row = new Array(indexes.length)
          for (let i = 0; i < indexes.length; i++) made[i] = cells[indexes[i]!]
          return made
        },
        block: ({ rowCount, columns }) => ({ rowCount, columns: indexes.map((index) => columns[index]!) }),
      }
    },
    { takesBlocks: true },
  )
}

function renamed(header: Header, name: string): Header {
  return header.name === name ? header : { ...header, name, column: name }
}
