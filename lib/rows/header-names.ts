import { QueryError } from '../errors.ts'
import type { Header } from '../grid/grid.ts'

/** @throws QueryError where one of `wanted` is no header's name. */
export function checkNames(who: string, headers: readonly Header[], wanted: readonly string[]): void {
  const names = headers.map(({ name }) => name)
  const unknown = wanted.find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new QueryError(`${who}: no column ${JSON.stringify(unknown)}; there are ${names.join(', ')}`)
}

/** @throws QueryError where there is no header of that name, or more than one. */
export function indexOf(who: string, headers: readonly Header[], name: string): number {
  checkNames(who, headers, [name])
  const index = headers.findIndex((header) => header.name === name)
  if (headers.findLastIndex((header) => header.name === name) === index) return index
  throw new QueryError(`${who}: there are two columns ${JSON.stringify(name)}`)
}
