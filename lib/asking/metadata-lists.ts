import { UnexpectedContentError } from '../errors.ts'
import { isObject } from '../grid/grid.ts'
import { fieldOf } from '../grid/meta-data.ts'
import type { Pair } from '../query/list-question.ts'
import type { Asker } from './asker.ts'

/** An object of a list of metadata, with the fields that were asked for, as far as it has them. */
export interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}

interface Page {
  readonly things: readonly Thing[]
  /** How many there are from this page on; undefined where the server does not say. */
  readonly total: number | undefined
}

/** How many ids are asked for at once, for the sake of the URL's length. */
const idsAtOnce = 300

const pageSize = 1000

const uid = /^[A-Za-z][A-Za-z0-9]{10}$/

/** The lists of metadata of a server, below `/api/` or wherever its API is. */
export class MetadataLists {
  readonly #asker: Asker
  readonly #api: string

  constructor(asker: Asker, api = '/api') {
    this.#asker = asker
    this.#api = api
  }

  /**
   * Those that there are of some ids. What can be none, such as a code under another id scheme, is not asked for.
   *
   * `filter=id:in:[…]&paging=false` is what running servers were seen to answer.
   *
   * @throws UnexpectedContentError where one comes that was not asked for, or one comes twice.
   */
  async byIds(list: string, fields: string, ids: Iterable<string>): Promise<ReadonlyMap<string, Thing>> {
    const wanted = [...new Set(ids)].filter((id) => uid.test(id))
    const found = new Map<string, Thing>()
    for (let at = 0; at < wanted.length; at += idsAtOnce) {
      const some = wanted.slice(at, at + idsAtOnce)
      const asked = new Set(some)
      const { things } = await this.#page(list, [
        ['filter', `id:in:[${some.join(',')}]`],
        ['fields', fields],
        ['paging', 'false'],
      ])
      for (const thing of things) {
        if (!asked.delete(thing.id)) {
          throw new UnexpectedContentError(
            `The answer about ${list} has ${thing.id}, which was not asked for or came before`,
          )
        }
        found.set(thing.id, thing)
      }
    }
    return found
  }

  /**
   * All of a list, a page at a time, in the server's order of ids. Each page begins behind the last id of the one before, so
   * that what comes or goes meanwhile moves no other: `order=id:asc&filter=id:gt:<last>`, which the documentation of DHIS2
   * has, and which was not seen on a running server. So it is checked: an id that comes twice, a page that is empty before
   * the end, and a list that is shorter than it was counted before and after fail with an UnexpectedContentError.
   */
  async *all(list: string, fields: string): AsyncGenerator<readonly Thing[], void> {
    const seen = new Set<string>()
    let counted: number | undefined
    let last: string | undefined
    for (;;) {
      const { things, total } = await this.#pageBehind(list, last, fields, pageSize)
      if (last === undefined) counted = total
      if (things.length === 0 && total) throw contradicts(list, `says ${total} more and sends none`)
      for (const { id } of things) {
        if (seen.has(id)) throw contradicts(list, `sends ${id} twice`)
        seen.add(id)
      }
      if (things.length) yield things
      last = things.at(-1)?.id
      if (last === undefined || (total !== undefined && total <= things.length)) break
    }
    if (counted === undefined || seen.size >= counted) return
    // Fewer than there were: some have gone meanwhile, or pages and order do not fit and some were passed over.
    const { total: now = counted } = await this.#pageBehind(list, undefined, 'id', 1)
    if (seen.size < Math.min(counted, now)) {
      throw contradicts(list, `counted ${counted} and then ${now}, and sent ${seen.size}`)
    }
  }

  #pageBehind(list: string, last: string | undefined, fields: string, size: number): Promise<Page> {
    return this.#page(list, [
      ...(last === undefined ? [] : [['filter', `id:gt:${last}`] as const]),
      ['fields', fields],
      ['order', 'id:asc'],
      ['pageSize', String(size)],
    ])
  }

  async #page(list: string, pairs: readonly Pair[]): Promise<Page> {
    const refusal = `This is no list of ${list}`
    const body = await this.#asker.json(`${this.#api}/${list}.json`, pairs, refusal)
    const things = fieldOf(body, list)
    if (!Array.isArray(things) || !things.every(isThing)) throw new UnexpectedContentError(refusal)
    const total = fieldOf(fieldOf(body, 'pager'), 'total')
    return { things, total: typeof total === 'number' ? total : undefined }
  }
}

function isThing(value: unknown): value is Thing {
  return isObject(value) && typeof value['id'] === 'string'
}

function contradicts(list: string, how: string): UnexpectedContentError {
  return new UnexpectedContentError(`The list of ${list} contradicts itself: the server ${how}; ask again`)
}
