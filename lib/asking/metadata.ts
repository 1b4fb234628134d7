import { UnexpectedContentError } from '../errors.ts'
import type { Pair } from '../query/list-question.ts'
import type { Asker } from './asker.ts'

/** An object of a list of metadata, with the fields that were asked for, as far as it has them. */
export interface Described {
  readonly id: string
  readonly [field: string]: unknown
}

/** How many objects are asked for at once, for the sake of the URL's length. */
const atOnce = 300

const uid = /^[A-Za-z][A-Za-z0-9]{10}$/

/**
 * What a list such as `dataElements` has of some ids; of those that are not there, or not to be seen, nothing.
 *
 * @throws UnexpectedContentError where the answer is no such list.
 */
export async function describedBy(
  asker: Asker,
  api: string,
  list: string,
  fields: string,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, Described>> {
  const wanted = [...new Set(ids)].filter((id) => uid.test(id))
  const found = new Map<string, Described>()
  for (let at = 0; at < wanted.length; at += atOnce) {
    const pairs: Pair[] = [
      ['filter', `id:in:[${wanted.slice(at, at + atOnce).join(',')}]`],
      ['fields', fields],
      ['paging', 'false'],
    ]
    const body = await asker.json(`${api}/${list}.json`, pairs)
    const objects = (body as Record<string, unknown>)[list]
    if (!Array.isArray(objects)) throw new UnexpectedContentError(`The answer has no ${list}`)
    for (const object of objects as Described[]) found.set(object.id, object)
  }
  return found
}
