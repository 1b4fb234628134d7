import { isoPeriod } from '../periods/iso-period.ts'
import { dayMs, dayOf, type Span } from '../periods/spans.ts'
import type { FrozenPeriod } from './frozen-question.ts'
import { type Axis, listAxis } from './plan-axis.ts'

type Bundle = readonly FrozenPeriod[]

/** Periods one by one, in the order of their days; good to cut where a year begins. */
export function periodAxis(periods: readonly FrozenPeriod[], most = Infinity): Axis {
  return axisOf(
    inOrder(periods).map((period) => [period]),
    most,
  )
}

/**
 * Periods in bundles that touch all calendar years that the whole touches, as LAST and FIRST need it: the same month of
 * every year, say. What lacks a year is put to those that lack none; where all lack one, nothing is cut.
 */
export function sameYearsAxis(periods: readonly FrozenPeriod[]): Axis {
  const ordered = inOrder(periods)
  const all = yearsOf(ordered).size
  const bySlot = new Map<string, FrozenPeriod[]>()
  for (const period of ordered) {
    const slot = slotOf(period)
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), period])
  }
  const slots = [...bySlot.values()]
  const full = slots.filter((slot) => yearsOf(slot).size === all)
  const rest = slots.filter((slot) => !full.includes(slot))
  if (full.length === 0) return axisOf([ordered])
  rest.forEach((slot, at) => {
    full[at % full.length]!.push(...slot)
  })
  return axisOf(full)
}

/**
 * Periods cut only where no period of these types goes on beyond the cut: rawData takes what lies wholly inside of all
 * periods of a request.
 */
export function uncrossedAxis(periods: readonly FrozenPeriod[], types: readonly string[] | undefined): Axis {
  const bundles: FrozenPeriod[][] = []
  let last = ''
  for (const period of inOrder(periods)) {
    const isFree = period.from > last && types?.every((type) => beginsWith(type, period.from))
    if (isFree || bundles.length === 0) bundles.push([period])
    else bundles.at(-1)!.push(period)
    if (period.to > last) last = period.to
  }
  return axisOf(bundles)
}

/** Days as an axis: windows of them are whole months where that goes. */
export function dayAxis({ from, to }: Span): Axis {
  const start = Date.parse(from)
  const count = (Date.parse(to) - start) / dayMs + 1
  const day = (at: number) => dayOf(start + at * dayMs)
  return {
    name: 'days',
    count,
    most: Infinity,
    itemCount: (a, b) => b - a,
    items: (a, b) => [day(a), day(b - 1)],
    byteCount: () => 0,
    text: (a, b) => `${day(a)}_${day(b - 1)}`,
    rank: (at) => (day(at).endsWith('-01-01') ? 0 : day(at).endsWith('-01') ? 1 : 2),
  }
}

/** In the order of their days, longer ones first. */
function inOrder(periods: readonly FrozenPeriod[]): FrozenPeriod[] {
  const key = ({ from, to, id }: FrozenPeriod) => [from, invert(to), id].join()
  return periods.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** Digits that sort the other way round. */
function invert(day: string): string {
  return day.replace(/\d/g, (digit) => String(9 - Number(digit)))
}

function axisOf(bundles: readonly Bundle[], most = Infinity): Axis {
  const year = (at: number) => bundles[at]![0]!.from.slice(0, 4)
  return listAxis({
    name: 'pe',
    bundles: bundles.map((bundle) => bundle.map(({ id }) => id)),
    most,
    rank: (at) => (year(at) === year(at - 1) ? 1 : 0),
  })
}

/** The calendar years that some periods have a day in. */
function yearsOf(periods: Bundle): Set<number> {
  const years = new Set<number>()
  for (const { from, to } of periods) {
    for (let year = Number(from.slice(0, 4)); year <= Number(to.slice(0, 4)); year++) years.add(year)
  }
  return years
}

/** What a period has in common with that of another year. */
function slotOf({ id }: FrozenPeriod): string {
  return `${isoPeriod(id)?.type} ${id.slice(4)}`
}

/** The months that periods of a type begin in, on their first day. */
const months: Readonly<Record<string, readonly number[]>> = {
  Monthly: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  BiMonthly: [1, 3, 5, 7, 9, 11],
  Quarterly: [1, 4, 7, 10],
  QuarterlyNov: [2, 5, 8, 11],
  SixMonthly: [1, 7],
  SixMonthlyApril: [4, 10],
  SixMonthlyNov: [5, 11],
  Yearly: [1],
  FinancialFeb: [2],
  FinancialApril: [4],
  FinancialJuly: [7],
  FinancialAug: [8],
  FinancialSep: [9],
  FinancialOct: [10],
  FinancialNov: [11],
}

/** The weekday that weeks of a type begin on, Sunday being 0. */
const weekdays: Readonly<Record<string, number>> = {
  WeeklySunday: 0,
  Weekly: 1,
  WeeklyWednesday: 3,
  WeeklyThursday: 4,
  WeeklyFriday: 5,
  WeeklySaturday: 6,
}

/** Whether a period of a type begins on a day, so that none goes on across its beginning; never of a type nobody knows. */
function beginsWith(type: string, day: string): boolean {
  if (type === 'Daily') return true
  const date = new Date(day)
  if (type in weekdays) return date.getUTCDay() === weekdays[type]
  return day.endsWith('-01') && (months[type]?.includes(date.getUTCMonth() + 1) ?? false)
}
