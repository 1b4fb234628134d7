import { inspect } from 'node:util'
import { z } from 'zod'
import { refusePromise } from '../checks/callback.ts'
import { QueryError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'
import { checkNames } from './header-names.ts'

/**
 * The keys of objects made from rows: the headers' `name`s, their `column` labels, other keys for some names, or
 * whatever a function says of each header.
 */
export type ObjectKeys =
  | 'name'
  | 'column'
  | Readonly<Record<string, string>>
  | ((header: Header, index: number) => string)

export const objectKeysSchema = z
  .union(
    [
      z.literal(['name', 'column']),
      z.record(z.string(), z.string()),
      z.custom<(header: Header, index: number) => string>((value) => typeof value === 'function'),
    ],
    { error: "must be 'name', 'column', an object of header name to key, or a function" },
  )
  .optional()

/**
 * One key for each header.
 *
 * @throws QueryError where two are the same, or a name in the mapping is not there.
 */
export function keysOf(who: string, headers: readonly Header[], keys: ObjectKeys = 'name'): string[] {
  const keyOf = keyMaker(who, headers, keys)
  const made = headers.map((header, index) => {
    const key: unknown = keyOf(header, index)
    refusePromise(`${who}: keys`, key)
    if (typeof key === 'string') return key
    throw new QueryError(`${who}: the function keys has to give text, not ${inspect(key)}`)
  })
  const twice = made.findIndex((key, index) => made.indexOf(key) !== index)
  if (twice === -1) return made
  const first = made.indexOf(made[twice]!)
  throw new QueryError(
    `${who}: columns ${first + 1} and ${twice + 1} would both be ${JSON.stringify(made[twice])}; ` +
      `give one of them another, with toObjects({ keys: (header, index) => index === ${twice} ? 'another' : header.name })`,
  )
}

function keyMaker(
  who: string,
  headers: readonly Header[],
  keys: ObjectKeys,
): (header: Header, index: number) => string {
  if (typeof keys === 'function') return keys
  if (keys === 'name') return ({ name }) => name
  if (keys === 'column') return ({ name, column }) => column ?? name
  checkNames(who, headers, Object.keys(keys))
  const other = new Map(Object.entries(keys))
  return ({ name }) => other.get(name) ?? name
}

/** Of several keys those that are array indexes come first, in the order of their numbers. */
export function losesOrder(names: readonly string[]): boolean {
  return names.length > 1 && names.some((name) => /^(0|[1-9]\d{0,9})$/.test(name))
}
