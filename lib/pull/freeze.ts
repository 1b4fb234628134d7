import type { Asker } from '../asking/asker.ts'
import { frozenPeriods, meanings } from '../asking/frozen.ts'
import { MetadataLists } from '../asking/metadata-lists.ts'
import { QueryError } from '../errors.ts'
import { united } from '../periods/spans.ts'
import type { Pair } from '../query/dimension-text.ts'
import { type AskedItems, itemsOf, listQuestionOf } from '../query/list-question.ts'
import type { Target } from '../query/query.ts'
import { type FrozenDx, frozenData } from './freeze-data.ts'
import { frozenDate, frozenDays } from './freeze-days.ts'
import { placesInFilter, refuseEventsByLevels } from './freeze-filters.ts'
import { frozenOthers } from './freeze-others.ts'
import { frozenPlaces } from './freeze-places.ts'
import type { FrozenKind, FrozenPeriod, FrozenQuestion } from './frozen-question.ts'
import { notesOf } from './notes.ts'
import { isLastOrFirst, kindOf, lastOfEvents } from './question.ts'

/** Parameters that are dates of events, enrollments and tracked entities. */
const dates = /^((event|occurred|enrollment|scheduled|incident|enrollmentOccurred)Date|lastUpdated|created)$/

/**
 * A question as it is meant today: the server is asked what its keywords stand for, and what kind of data it is about.
 *
 * @throws QueryError for what must not be cut, and for ids that were named and are not there.
 */
export async function freeze(asker: Asker, target: Target): Promise<FrozenQuestion> {
  const kind = kindOf(target)
  const { endpoint, pairs } = target
  const api = endpoint.slice(0, endpoint.indexOf('/analytics'))
  const list = listQuestionOf(endpoint, pairs)
  const [dx, pe, ou] = ['dx', 'pe', 'ou'].map((name) => itemsOf(name, pairs))
  await refuseLastValue(asker, api, kind, pairs)

  const isData = kind === 'aggregate' || kind === 'rawData'
  const data = dx && isData ? await frozenData(asker, api, dx.items, pairs) : undefined
  const places = ou && (await frozenPlaces(asker, api, kind, ou.items, pairs))
  const periods = pe && !list ? await frozenPe(asker, api, pe.items, pairs) : undefined
  const days = list && (await frozenDays(asker, api, list, pairs))
  // Along the data dimension itself nothing may be cut, and without dx it is one of the others.
  const others =
    kind === 'aggregate' && dx ? await frozenOthers(asker, api, pairs, data?.optionCombos) : undefined
  if (places && ou!.as === 'filter') refuseEventsByLevels(kind, places, data?.readsEvents ?? false)
  if (kind === 'rawData') refuseRaw(data, periods)
  if (pe?.as === 'filter') refuseOffsets(data)

  const cut = new Set(others?.cuttable.map(({ name }) => name))
  const inFilter = new Map<string, string>()
  if (data) inFilter.set('dx', `dx:${data.data.map(({ id }) => id).join(';')}`)
  if (periods) inFilter.set('pe', `pe:${periods.map(({ id }) => id).join(';')}`)
  if (places && ou!.as === 'filter') inFilter.set('ou', placesInFilter(places))
  const shared: Pair[] = list && inFilter.has('ou') ? [['filter', inFilter.get('ou')!]] : []
  for (const [name, value] of list ? list.base : pairs) {
    if (meanings.includes(name) || (name === 'created' && days)) continue
    const dimension = value.split(':', 1)[0]!
    if (name === 'dimension' && (isAxis(dimension, dx, pe, ou) || cut.has(dimension))) continue
    const said = name === 'filter' ? (inFilter.get(dimension) ?? value) : value
    shared.push([name, dates.test(name) ? await frozenDate(asker, api, value, pairs) : said])
  }

  const rowsEach = rowsOf(kind, pairs, dx, others?.rowsEach)
  const types = kind === 'rawData' && data ? dataPeriodTypes(data) : undefined
  const { paths, level } = places ?? {}
  return {
    endpoint,
    kind,
    shared,
    ...(data && { [dx!.as === 'dimension' ? 'data' : 'filteredData']: data.data }),
    ...(periods && pe!.as === 'dimension' && { periods }),
    ...(paths && ou!.as === 'dimension' && { orgUnits: { paths, ...(level && { level }) } }),
    ...(others?.cuttable.length && { others: others.cuttable }),
    ...(days && { days }),
    ...(types && { dataPeriodTypes: types }),
    ...(rowsEach !== undefined && { rowsEach }),
    notes: notesOf({ dx, pe, ou, data, periods, places, days, pairs, kind }),
  }
}

function isAxis(name: string, ...[dx, pe, ou]: readonly (AskedItems | undefined)[]): boolean {
  const asked = name === 'dx' ? dx : name === 'pe' ? pe : name === 'ou' ? ou : undefined
  return asked?.as === 'dimension'
}

async function frozenPe(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<FrozenPeriod[]> {
  const { spans, metaData } = await frozenPeriods(asker, api, items, base)
  const periods = new Map(metaData.dimensions!['pe']!.map((id, at) => [id, { id, ...spans[at]! }]))
  return [...periods.values()]
}

/** @throws QueryError where rawData would give what lies between, and for what is no data element. */
function refuseRaw(data: FrozenDx | undefined, periods: readonly FrozenPeriod[] | undefined): void {
  const other = data?.data.find(({ kind }) => kind !== 'dataElement')
  if (other) throw new QueryError(`plan: rawData is pulled by data elements, and ${other.id} is none`)
  if (!periods || united(periods).length === 1) return
  throw new QueryError(
    'plan: the periods of rawData have gaps, and the server gives what lies between them too; pull each span on its own',
  )
}

/** @throws QueryError for what counts from a period that is no dimension: the server refuses it, with E7152. */
function refuseOffsets(data: FrozenDx | undefined): void {
  const [offset] = data?.offsets ?? []
  if (!offset) return
  throw new QueryError(
    `plan: ${offset} has a period offset, which the server takes where pe is a dimension only; make pe one, and add the rows up`,
  )
}

/** What data are collected for; undefined where that is not known of one. */
function dataPeriodTypes({ data, periodTypes }: FrozenDx): string[] | undefined {
  const types = data.map(({ id }) => periodTypes.get(id) ?? [])
  return types.some(({ length }) => length === 0) ? undefined : [...new Set(types.flat())].toSorted()
}

/** @throws QueryError where the value of events is the last or first of them by itself. */
async function refuseLastValue(
  asker: Asker,
  api: string,
  kind: FrozenKind,
  pairs: readonly Pair[],
): Promise<void> {
  const values = new Map(pairs)
  const value = values.get('value')
  if (kind !== 'eventsAggregate' || value === undefined || values.has('aggregationType')) return
  const found = await new MetadataLists(asker, api).byIds('dataElements', 'id,aggregationType', [value])
  if (isLastOrFirst(found.get(value)?.['aggregationType'] as string | undefined)) throw lastOfEvents(value)
}

/** Rows for one item of each axis. */
function rowsOf(
  kind: FrozenKind,
  pairs: readonly Pair[],
  dx: AskedItems | undefined,
  ofOthers: number | undefined,
): number | undefined {
  if (kind === 'aggregate') return dx ? ofOthers : undefined
  if (!/Aggregate$/.test(kind)) return undefined
  const hasOthers = pairs.some(([name, value]) => name === 'dimension' && !/^(pe|ou)(:|$)/.test(value))
  return hasOthers ? undefined : 1
}
