import { QueryError } from '../errors.ts'

/** For a stage that takes rows or objects, and got something that is neither. */
export function noRow(who: string, thing: unknown): QueryError {
  const found = ArrayBuffer.isView(thing) ? 'bytes' : typeof thing === 'string' ? 'text' : `a ${typeof thing}`
  return new QueryError(`${who} takes rows or objects, not ${found}; put parseRows() before it`)
}

/** For a stage that takes bytes, and got something else. */
export function noBytes(who: string): QueryError {
  return new QueryError(
    `${who} takes bytes, not rows; it belongs in front of parseRows() or parseDataValues(), or behind toCsv() or toNdjson()`,
  )
}

/** For a stage that takes rows one by one. */
export function noBatches(who: string): QueryError {
  return new QueryError(`${who} takes rows one by one, not batches of them; put batchRows() behind it`)
}
