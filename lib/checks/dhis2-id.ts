import { QueryError } from '../errors.ts'

/**
 * An id as DHIS2 makes them (11 letters and digits), or a keyword or column of its own (`eventdate`): nothing that could
 * end a path segment or an item of a dimension.
 *
 * @throws QueryError for anything else.
 */
export function checkedId(what: string, id: unknown): string {
  if (typeof id === 'string' && /^\w+$/.test(id)) return id
  throw new QueryError(
    `${what}: ${JSON.stringify(id)} is not an id; write one like 'IpHINAT79UW', of letters, digits and underscores`,
  )
}
