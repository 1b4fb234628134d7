import type { Asker } from '../asking/asker.ts'
import { frozenPeriods } from '../asking/frozen.ts'
import { isDay, type Span, united } from '../periods/spans.ts'
import type { Pair } from '../query/dimension-text.ts'
import type { ListQuestion } from '../query/list-question.ts'
import type { FrozenDays } from './frozen-question.ts'

/** The column of each date that a list can be narrowed by; those of `startDate` differ between lists. */
const columns: Readonly<Record<string, string>> = {
  eventDate: 'eventdate',
  enrollmentDate: 'enrollmentdate',
  incidentDate: 'incidentdate',
  scheduledDate: 'scheduleddate',
  lastUpdated: 'lastupdated',
  created: 'created',
}

/** The days that a list is asked for; undefined where it is not narrowed by any that each row has. */
export async function frozenDays(
  asker: Asker,
  api: string,
  list: ListQuestion,
  pairs: readonly Pair[],
): Promise<FrozenDays | undefined> {
  if (list.kind === 'trackedEntities') {
    const created = pairs.find(([name]) => name === 'created')?.[1]
    return created === undefined
      ? undefined
      : {
          by: 'created',
          column: columns['created']!,
          spans: await spansOf(asker, api, created.split(/[;,]/), pairs),
        }
  }
  // What the server takes of events where nothing is said.
  const usual =
    list.kind === 'events' ? { by: 'startDate', periods: ['LAST_12_MONTHS'], spans: [] } : undefined
  const days = list.days ?? usual
  if (!days) return undefined
  const column = columns[days.by] ?? (list.kind === 'events' ? 'eventdate' : 'enrollmentdate')
  const frozen = await spansOf(asker, api, days.periods, pairs)
  return { by: days.by, column, spans: united([...days.spans, ...frozen]) }
}

/** The value of a date with ids in place of relative periods: `202401;202402`, or windows as they are. */
export async function frozenDate(
  asker: Asker,
  api: string,
  value: string,
  base: readonly Pair[],
): Promise<string> {
  const items = value.split(/[;,]/)
  const periods = items.filter((item) => !isWindow(item))
  if (periods.length === 0) return value
  const { metaData } = await frozenPeriods(asker, api, periods, base)
  return [...items.filter(isWindow), ...(metaData.dimensions?.['pe'] ?? [])].join(';')
}

function isWindow(item: string): boolean {
  return /^\d{4}-\d\d-\d\d_/.test(item)
}

/** Windows and periods as few spans of days. */
async function spansOf(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<Span[]> {
  const windows = items.flatMap((item) => {
    const [from = '', to = ''] = item.split('_')
    return isDay(from) && isDay(to) ? [{ from, to }] : []
  })
  const periods = items.filter((item) => !isWindow(item))
  const { spans } = periods.length ? await frozenPeriods(asker, api, periods, base) : { spans: [] }
  return united([...windows, ...spans])
}
