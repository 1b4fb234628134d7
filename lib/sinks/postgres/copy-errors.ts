import { RowError } from '../../errors.ts'

/** What an error of the server tells, as pg has it. */
interface ServerError extends Error {
  readonly where?: string
  readonly column?: string
}

/** What of an error in the middle of a COPY is a row's fault, with the row, the column and the value; else the error itself. */
export function copyError(
  error: ServerError,
  relation: string,
  columns: readonly string[],
  rowOf: (line: number) => number,
): Error {
  // `COPY anc, line 3, column value: "twelve"`, in the language of the server.
  const start = `COPY ${relation}`
  if (!error.where?.startsWith(start)) return error
  const [, line, rest = ''] = /^\D*(\d+)(?:, \S+ )?(.*)/s.exec(error.where.slice(start.length)) ?? []
  const rowNumber = line === undefined ? 0 : rowOf(Number(line))
  if (rowNumber < 1) return error
  const column = error.column ?? longest(columns.filter((name) => rest.startsWith(name)))
  const value = column === undefined ? '' : rest.slice(column.length).replace(/^[\s:]+/, '')
  const isSaid = value === '' || error.message.includes(value) || error.column !== undefined
  const message = isSaid ? error.message : `${error.message}: ${value}`
  return new RowError(message, { rowNumber, column, cause: error })
}

function longest(names: readonly string[]): string | undefined {
  return names.toSorted((a, b) => b.length - a.length)[0]
}
