import { UnexpectedContentError } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'
import { isDay, type Span } from '../periods/spans.ts'
import type { Pair } from '../query/list-question.ts'
import type { Asker } from './asker.ts'

/** Periods as they were meant on the day they were asked for. */
export interface FrozenPeriods {
  /** Their days, one span for each, in their order. */
  readonly spans: readonly Span[]
  /** Their ids and names, as an answer about them would have them. */
  readonly metaData: MetaData
}

/** How many periods are asked for at once, for the sake of the URL's length. */
const atOnce = 300

/** What changes the meaning of a keyword, and is passed on. */
export const meanings = ['relativePeriodDate', 'userOrgUnit', 'userOrgUnitType']

/**
 * Relative and ISO periods with their days, in the server's own time, settings and calendar:
 * `/api/analytics.json?skipData=true` expands them and runs no query.
 *
 * @throws UnexpectedContentError where the server does not tell the days of one.
 */
export async function frozenPeriods(
  asker: Asker,
  api: string,
  periods: readonly string[],
  base: readonly Pair[],
): Promise<FrozenPeriods> {
  const spans: Span[] = []
  const items: NonNullable<MetaData['items']> = {}
  const ids: string[] = []
  for (let at = 0; at < periods.length; at += atOnce) {
    const metaData = await frozen(asker, api, base, [
      ['dimension', `pe:${periods.slice(at, at + atOnce).join(';')}`],
      ['includeMetadataDetails', 'true'],
    ])
    for (const id of metaData.dimensions?.['pe'] ?? []) {
      const item = metaData.items?.[id]
      const from = String(item?.['startDate'] ?? '').slice(0, 10)
      const to = String(item?.['endDate'] ?? '').slice(0, 10)
      if (!item || !isDay(from) || !isDay(to)) {
        throw new UnexpectedContentError(
          `The server does not say which days ${id} has; ask by startDate and endDate instead of pe`,
        )
      }
      spans.push({ from, to })
      ids.push(id)
      items[id] = item.name === undefined ? {} : { name: item.name }
    }
  }
  if (spans.length === 0) throw new UnexpectedContentError(`The server knows none of ${periods.join(', ')}`)
  return { spans, metaData: { items, dimensions: { pe: ids } } }
}

/** The ids that items of `ou` stand for. */
export async function frozenOrgUnits(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<readonly string[]> {
  // It has to have a period, whatever the calendar.
  const { dimensions } = await frozen(asker, api, base, [
    ['dimension', `ou:${items.join(';')}`],
    ['filter', 'pe:THIS_YEAR'],
  ])
  return dimensions?.['ou'] ?? []
}

/** What kinds of data items of `dx` stand for: `DATA_ELEMENT`, `PROGRAM_INDICATOR`, … */
export async function frozenDataTypes(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<readonly string[]> {
  // As a filter, the period would be refused beside an indicator that counts from it.
  const { dimensions, items: known } = await frozen(asker, api, base, [
    ['dimension', `dx:${items.join(';')}`],
    ['dimension', 'pe:THIS_YEAR'],
    ['includeMetadataDetails', 'true'],
  ])
  return (dimensions?.['dx'] ?? []).map((id) => String(known?.[id]?.['dimensionItemType'] ?? ''))
}

/** What `metaData` says of an axis that is asked for without its data, with what changes the meaning of keywords. */
export async function frozen(
  asker: Asker,
  api: string,
  base: readonly Pair[],
  asked: readonly Pair[],
): Promise<MetaData> {
  const kept = base.filter(([name]) => meanings.includes(name))
  const { metaData } = await asker.grid(`${api}/analytics.json`, [...asked, ...kept, ['skipData', 'true']])
  return metaData
}
