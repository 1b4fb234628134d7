import { dayMs, dayOf, type Span } from './spans.ts'

/** A period of the ISO calendar: its kind, as DHIS2 names it, and its days. */
export interface IsoPeriod extends Span {
  readonly type: string
}

/** How a period of each kind is written, and which days it has: undefined where there is no such one. */
type Kind = readonly [type: string, pattern: RegExp, spanOf: (year: number, n: number) => Span | undefined]

const weekdays = { Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 } as const
const longNames: Readonly<Record<keyof typeof weekdays, string>> = {
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
}

/** Financial years by the month they begin in. That of November is named after the year it ends in. */
const financialYears = { Feb: 2, April: 4, July: 7, Aug: 8, Sep: 9, Oct: 10, Nov: -1 } as const

/** In the form that servers write them, `2024`, `202401`, `2024W5`, `2024Q1`, …; what a running 2.43 said of each is in the specs. */
const kinds: readonly Kind[] = [
  ['Yearly', /^(\d{4})$/, (year) => months(year, 1, 12)],
  ['Monthly', /^(\d{4})-?(\d\d)$/, (year, month) => (isIn(month, 12) ? months(year, month, 1) : undefined)],
  ['Daily', /^(\d{4})(\d{4})$/, dayOfYear],
  ['Daily', /^(\d{4})-(\d\d-\d\d)$/, dayOfYear],
  ['BiMonthly', /^(\d{4})(\d\d)B$/, (year, n) => (isIn(n, 6) ? months(year, n * 2 - 1, 2) : undefined)],
  ['Quarterly', /^(\d{4})Q(\d)$/, (year, n) => (isIn(n, 4) ? months(year, n * 3 - 2, 3) : undefined)],
  ['QuarterlyNov', /^(\d{4})NovQ(\d)$/, (year, n) => (isIn(n, 4) ? months(year, n * 3 - 4, 3) : undefined)],
  ['SixMonthly', /^(\d{4})S(\d)$/, (year, n) => (isIn(n, 2) ? months(year, n * 6 - 5, 6) : undefined)],
  [
    'SixMonthlyApril',
    /^(\d{4})AprilS(\d)$/,
    (year, n) => (isIn(n, 2) ? months(year, n * 6 - 2, 6) : undefined),
  ],
  ['SixMonthlyNov', /^(\d{4})NovS(\d)$/, (year, n) => (isIn(n, 2) ? months(year, n * 6 - 7, 6) : undefined)],
  ['Weekly', /^(\d{4})W(\d\d?)$/, (year, week) => weeks(year, week, 1, 1)],
  ['BiWeekly', /^(\d{4})BiW(\d\d?)$/, (year, n) => weeks(year, n * 2 - 1, 2, 1)],
  ...Object.entries(weekdays).map(
    ([name, weekday]): Kind => [
      `Weekly${longNames[name as keyof typeof weekdays]}`,
      new RegExp(`^(\\d{4})${name}W(\\d\\d?)$`),
      (year, week) => weeks(year, week, 1, weekday),
    ],
  ),
  ...Object.entries(financialYears).map(
    ([name, month]): Kind => [
      `Financial${name}`,
      new RegExp(`^(\\d{4})${name}$`),
      (year) => months(year, month, 12),
    ],
  ),
]

/** The period that an id such as `202401` or `2024Q1` stands for; undefined where it is none of the ISO calendar. */
export function isoPeriod(id: string): IsoPeriod | undefined {
  for (const [type, pattern, spanOf] of kinds) {
    const [, year, rest = '0'] = pattern.exec(id) ?? []
    if (year === undefined) continue
    const span = spanOf(Number(year), Number(rest.replace('-', '')))
    return span && { type, ...span }
  }
  return undefined
}

function isIn(n: number, most: number): boolean {
  return n >= 1 && n <= most
}

/** `count` months from the `month`th of a year, counted from 1; below that they are of the year before. */
function months(year: number, month: number, count: number): Span {
  return { from: dayOf(utc(year, month - 1, 1)), to: dayOf(utc(year, month - 1 + count, 0)) }
}

function dayOfYear(year: number, monthAndDay: number): Span | undefined {
  const month = Math.floor(monthAndDay / 100)
  const ms = utc(year, month - 1, monthAndDay % 100)
  const isOne = new Date(ms).getUTCMonth() === month - 1
  return isOne ? { from: dayOf(ms), to: dayOf(ms) } : undefined
}

/** `count` weeks from the `week`th that begins on a weekday, Monday being 1. The first of a year holds 4 January. */
function weeks(year: number, week: number, count: number, weekday: number): Span | undefined {
  const start = firstWeek(year, weekday) + (week - 1) * 7 * dayMs
  if (week < 1 || start >= firstWeek(year + 1, weekday)) return undefined
  return { from: dayOf(start), to: dayOf(start + (count * 7 - 1) * dayMs) }
}

function firstWeek(year: number, weekday: number): number {
  const fourth = utc(year, 0, 4)
  const sinceStart = (new Date(fourth).getUTCDay() - weekday + 7) % 7
  return fourth - sinceStart * dayMs
}

/** `Date.UTC`, which takes years below 100 for others. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day)
}
