import { z } from 'zod'
import { type Header, valueTypes } from '../grid/grid.ts'
import { checkNames } from './header-names.ts'

/** Value types in place of what headers say, by header name. */
export type ColumnTypes = Readonly<Record<string, (typeof valueTypes)[number]>>

export const columnTypesSchema = z
  .record(z.string(), z.literal(valueTypes, { error: 'must be a value type such as NUMBER or TEXT' }))
  .optional()

/**
 * The headers, with the value types that `types` has for some names; what is no text in it is passed over.
 *
 * @throws QueryError where it has one for a name that is not there.
 */
export function typedHeaders(
  who: string,
  headers: readonly Header[],
  types: Readonly<Record<string, unknown>> = {},
): Header[] {
  checkNames(who, headers, Object.keys(types))
  const wanted = new Map(Object.entries(types))
  return headers.map((header) => {
    const valueType = wanted.get(header.name)
    return typeof valueType === 'string' ? { ...header, valueType } : header
  })
}
