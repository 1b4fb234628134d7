import { pipeline } from 'node:stream'
import type { Asker } from '../../asking/asker.ts'
import { Dhis2ApiError } from '../../errors.ts'
import type { DataValue } from '../../grid/data-values.ts'
import { startingOver } from '../../http/start-over.ts'
import { dayOf } from '../../periods/spans.ts'
import type { Pair } from '../../query/dimension-text.ts'
import { parseDataValues } from '../../transforms/parse-data-values.ts'
import type { Hierarchy } from './hierarchy.ts'
import { mayBeSince, zonesMs } from './server-times.ts'
import { topsOf, widened } from './tops.ts'

export interface ChangedValuesOptions {
  /** Ids of data elements of data sets; not those of events. */
  readonly elements: readonly string[]
  /** Values of these org units, and of all below them; and of few others, where that takes fewer requests. */
  readonly orgUnits: readonly string[]
  readonly hierarchy: Hierarchy
  /** Last updated then or later: milliseconds of the server's clock. */
  readonly sinceMs: number
  /** Where the API is: `/api`, with a version or without. */
  readonly api?: string | undefined
}

/** How many of each fit a URL. */
const elementsAtOnce = 150
const rootsAtOnce = 50

/**
 * Gives data values that were entered, changed or deleted since a time, as they come: constant memory, whatever their number. Those
 * that are deleted have `deleted: true`. From `/api/dataValueSets`, which counts in whole days from 2.43 on, so that the
 * `lastUpdated` of each is looked at again. It says nothing of values that are gone from the database, as by a merge of
 * org units or an administrator's hand. What was given before an answer broke off, or was refused, is given again.
 *
 * @throws every error of the family; of a user who may not read the data sets, Dhis2ApiError.
 */
export async function changedValues(
  asker: Asker,
  options: ChangedValuesOptions,
  take: (value: DataValue) => void,
): Promise<void> {
  const { orgUnits, hierarchy } = options
  const tops = topsOf(orgUnits, hierarchy)
  const wide = widened(tops, rootsAtOnce, hierarchy)
  try {
    await changedBelow(asker, wide, options, take)
  } catch (error) {
    // Who has all of a district's facilities to himself may not have the district.
    if (!(error instanceof Dhis2ApiError) || wide === tops) throw error
    await changedBelow(asker, tops, options, take)
  }
}

async function changedBelow(
  asker: Asker,
  roots: readonly string[],
  { elements, sinceMs, api = '/api' }: ChangedValuesOptions,
  take: (value: DataValue) => void,
): Promise<void> {
  for (const some of inParts(elements, elementsAtOnce)) {
    for (const tops of inParts(roots, rootsAtOnce)) {
      const pairs: Pair[] = [
        ...some.map((id) => ['dataElement', id] as const),
        ...tops.map((id) => ['orgUnit', id] as const),
        ['children', 'true'],
        ['includeDeleted', 'true'],
        ['lastUpdated', dayOf(sinceMs - zonesMs)],
      ]
      const prepared = asker.prepare(`${api}/dataValueSets.json`, pairs)
      await startingOver(asker.server, prepared, asker.call.signal, async () => {
        const values = parseDataValues()
        pipeline(asker.server.body(prepared, asker.call), values, () => undefined)
        for await (const value of values) if (isSince(value, sinceMs)) take(value)
      })
    }
  }
}

/** A value that does not tell is taken for one that has changed. */
function isSince({ lastUpdated }: DataValue, sinceMs: number): boolean {
  return !lastUpdated || mayBeSince(lastUpdated, sinceMs)
}

function inParts(ids: readonly string[], size: number): string[][] {
  const count = Math.ceil(ids.length / size)
  return Array.from({ length: count }, (_, at) => ids.slice(at * size, (at + 1) * size))
}
