import { z } from 'zod'
import type { Header, Row } from '../grid/grid.ts'
import { validate } from '../validate.ts'
import { indexOf } from './header-names.ts'
import { cellsOf, neededHeaders, rowStage } from './row-stage.ts'
import type { TransformTo } from './row-stream.ts'
import { type StreamOptions, streamOptionsShape } from './stream-options.ts'

const schema = z.strictObject({
  ...streamOptionsShape,
  columns: z.union([z.array(z.string()).min(1).readonly(), z.record(z.string(), z.string())], {
    error: 'must be a list of column names, or an object of name to new name',
  }),
})

/**
 * Rows in, rows of these columns out, in this order: `selectColumns(['ou', 'value'])`, or under other names,
 * `selectColumns({ ou: 'facility', value: 'value' })`. A column of a new name has it for its label too. It belongs in
 * front of `toObjects`.
 *
 * The stream fails with a QueryError where a column is not there or is there twice, where rows are no arrays, and
 * behind a stage that announces no headers.
 */
export function selectColumns(
  columns: readonly string[] | Readonly<Record<string, string>>,
  options: StreamOptions = {},
): TransformTo<Row> {
  validate(schema, { ...options, columns }, 'selectColumns')
  const wanted = Array.isArray(columns) ? columns.map((name) => [name, name]) : Object.entries(columns)
  return rowStage(options, (upstream) => {
    const headers = neededHeaders('selectColumns', upstream)
    const indexes = wanted.map(([name]) => indexOf('selectColumns', headers, name!))
    return {
      headers: wanted.map(([, name], i) => renamed(headers[indexes[i]!]!, name!)),
      step(row) {
        const cells = cellsOf('selectColumns', row)
        const made: Row = new Array(indexes.length)
        for (let i = 0; i < indexes.length; i++) made[i] = cells[indexes[i]!]
        return made
      },
    }
  })
}

function renamed(header: Header, name: string): Header {
  return header.name === name ? header : { ...header, name, column: name }
}
