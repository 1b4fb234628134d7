import { meanings } from '../asking/frozen.ts'
import type { Pair } from '../query/dimension-text.ts'
import type { AskedItems } from '../query/list-question.ts'
import type { FrozenDx } from './freeze-data.ts'
import type { FrozenOu } from './freeze-places.ts'
import type { FrozenDays, FrozenKind, FrozenPeriod } from './frozen-question.ts'

/** What was asked, and what it was frozen to. */
export interface Found {
  readonly kind: FrozenKind
  readonly pairs: readonly Pair[]
  readonly dx: AskedItems | undefined
  readonly pe: AskedItems | undefined
  readonly ou: AskedItems | undefined
  readonly data: FrozenDx | undefined
  readonly periods: readonly FrozenPeriod[] | undefined
  readonly places: FrozenOu | undefined
  readonly days: FrozenDays | undefined
}

/** How many items are named before the rest are counted. */
const mostShown = 4

/** What became of a question, a line each, for people. */
export function notesOf({ kind, pairs, dx, pe, ou, data, periods, places, days }: Found): string[] {
  const notes: string[] = []
  if (data) {
    notes.push(line(dx!, 'dx', counted(data.data.length, 'data item')))
    if (data.repeats) notes.push(`dx: ${data.repeats} came twice, and are asked for once`)
  }
  if (periods) {
    const [first, last] = [periods[0]!.id, periods.at(-1)!.id]
    notes.push(line(pe!, 'pe', first === last ? first : `${periods.length} periods, ${first} to ${last}`))
  }
  if (places) {
    notes.push(line(ou!, 'ou', counted(places.paths.length, 'org unit')))
    if (places.nested)
      notes.push(`ou: ${places.nested} lie below others, whose rows have theirs; they are left out`)
  }
  if (days) {
    const spans = days.spans.map(({ from, to }) => `${from} to ${to}`).join(', ')
    notes.push(`days of ${days.column}: ${spans}; rows without that date are in no answer`)
    if (kind === 'events' && days.by === 'startDate') {
      notes.push(
        "scheduled events at a year's edge can be lost to startDate and endDate; a date of its own, eventDate, finds them",
      )
    }
  }
  for (const name of meanings) {
    const value = pairs.find(([each]) => each === name)?.[1]
    if (value !== undefined) notes.push(`${name}=${value} is in what was frozen, and not sent again`)
  }
  return notes
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function line({ as, items }: AskedItems, name: string, found: string): string {
  const rest = items.length > mostShown ? ` and ${items.length - mostShown} more` : ''
  const never = as === 'filter' ? ', a filter: never cut' : ''
  return `${name}: ${items.slice(0, mostShown).join(', ')}${rest} is ${found}${never}`
}
