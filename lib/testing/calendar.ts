/** A kind of period, its periods counted from some day on. Days are numbers, from 1970 on. */
export interface PeriodType {
  /** As DHIS2 names it. */
  readonly name: string
  /** How long one takes about, in days: DHIS2 calls it the frequency order. */
  readonly days: number
  readonly idOf: (index: number) => string
  readonly first: (index: number) => number
  readonly last: (index: number) => number
  /** The one that a day lies in. */
  readonly indexOf: (day: number) => number
  /** The year that an id of it names. */
  readonly yearOf: (index: number) => number
}

interface Written extends PeriodType {
  /** What an id looks like: its year, and which of that year. */
  readonly pattern: RegExp
  readonly indexIn: (year: number, n: number) => number
}

/** A period by its id. */
export interface Period {
  readonly id: string
  readonly type: PeriodType
  readonly index: number
  /** Its first day and its last one. */
  readonly first: number
  readonly last: number
}

const dayMs = 86_400_000

export function dayOf(text: string): number {
  return Date.parse(text.slice(0, 10)) / dayMs
}

export function textOfDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

export function yearOfDay(day: number): number {
  return new Date(day * dayMs).getUTCFullYear()
}

const two = (n: number) => String(n).padStart(2, '0')
const dayIn = (year: number, month: number, date = 1) => Date.UTC(year, month, date) / dayMs

/** So many whole months each; the first of a year begins `shift` months into it. */
function ofMonths(
  name: string,
  days: number,
  months: number,
  pattern: RegExp,
  idOf: (year: number, n: number) => string,
  shift = 0,
): Written {
  const perYear = 12 / months
  const first = (index: number) =>
    dayIn(0 + Math.floor((index * months + shift) / 12), mod(index * months + shift, 12))
  return {
    name,
    days,
    pattern,
    first,
    last: (index) => first(index + 1) - 1,
    idOf: (index) => idOf(Math.floor(index / perYear), mod(index, perYear) + 1),
    yearOf: (index) => Math.floor(index / perYear),
    indexIn: (year, n) => year * perYear + n - 1,
    indexOf: (day) => {
      const date = new Date(day * dayMs)
      return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth() - shift) / months)
    },
  }
}

/** Weeks from a weekday on, counted from one before 1970. They are of the year of their fourth day. */
function ofWeeks(name: string, infix: string, weekday: number): Written {
  // 29 December 1969 was a Monday.
  const start = -3 + weekday - 1
  const first = (index: number) => start + index * 7
  const yearOf = (index: number) => yearOfDay(first(index) + 3)
  const indexOf = (day: number) => Math.floor((day - start) / 7)
  const indexIn = (year: number, n: number) => indexOf(dayIn(year, 0, 4)) + n - 1
  return {
    name,
    days: 7,
    pattern: new RegExp(`^(\\d{4})${infix}W(\\d\\d?)$`),
    first,
    last: (index) => first(index) + 6,
    yearOf,
    indexOf,
    indexIn,
    idOf: (index) => `${yearOf(index)}${infix}W${index - indexIn(yearOf(index), 1) + 1}`,
  }
}

const weekly = ofWeeks('Weekly', '', 1)

/** Two weeks each, from the first of a year on; what is left of a long year counts as its 27th. */
const biWeekly: Written = {
  name: 'BiWeekly',
  days: 14,
  pattern: /^(\d{4})BiW(\d\d?)$/,
  first: (index) => weekly.first(weekly.indexIn(Math.floor(index / 27), mod(index, 27) * 2 + 1)),
  last: (index) => biWeekly.first(index) + 13,
  yearOf: (index) => Math.floor(index / 27),
  indexIn: (year, n) => year * 27 + n - 1,
  indexOf: (day) => {
    const week = weekly.indexOf(day)
    const year = weekly.yearOf(week)
    return year * 27 + Math.floor((week - weekly.indexIn(year, 1)) / 2)
  },
  idOf: (index) => {
    const year = weekly.yearOf(weekly.indexOf(biWeekly.first(index)))
    return year === Math.floor(index / 27) ? `${year}BiW${mod(index, 27) + 1}` : ''
  },
}

const weekdays = { Wednesday: 3, Thursday: 4, Friday: 5, Saturday: 6, Sunday: 7 } as const
/** That of November is named after the year it ends in. */
const financial = { Feb: 1, April: 3, July: 6, Aug: 7, Sep: 8, Oct: 9, Nov: -2 } as const

const types: readonly Written[] = [
  ofMonths('Yearly', 365, 12, /^(\d{4})$/, (year) => String(year)),
  ofMonths('Monthly', 30, 1, /^(\d{4})(\d\d)$/, (year, n) => `${year}${two(n)}`),
  {
    name: 'Daily',
    days: 1,
    pattern: /^(\d{4})(\d{4})$/,
    first: (index) => index,
    last: (index) => index,
    yearOf: yearOfDay,
    indexOf: (day) => day,
    indexIn: (year, n) => dayIn(year, Math.floor(n / 100) - 1, n % 100),
    idOf: (index) => textOfDay(index).replaceAll('-', ''),
  },
  weekly,
  ...Object.entries(weekdays).map(([day, at]) => ofWeeks(`Weekly${day}`, day.slice(0, 3), at)),
  biWeekly,
  ofMonths('BiMonthly', 61, 2, /^(\d{4})(\d\d)B$/, (year, n) => `${year}${two(n)}B`),
  ofMonths('Quarterly', 91, 3, /^(\d{4})Q(\d)$/, (year, n) => `${year}Q${n}`),
  ofMonths('QuarterlyNov', 91, 3, /^(\d{4})NovQ(\d)$/, (year, n) => `${year}NovQ${n}`, -2),
  ofMonths('SixMonthly', 182, 6, /^(\d{4})S(\d)$/, (year, n) => `${year}S${n}`),
  ofMonths('SixMonthlyApril', 182, 6, /^(\d{4})AprilS(\d)$/, (year, n) => `${year}AprilS${n}`, 3),
  ofMonths('SixMonthlyNov', 182, 6, /^(\d{4})NovS(\d)$/, (year, n) => `${year}NovS${n}`, -2),
  ...Object.entries(financial).map(([month, shift]) =>
    ofMonths(
      `Financial${month}`,
      365,
      12,
      new RegExp(`^(\\d{4})${month}$`),
      (year) => `${year}${month}`,
      shift,
    ),
  ),
]

export function periodType(name: string): PeriodType {
  return types.find((type) => type.name === name)!
}

const known = new Map<string, Period | undefined>()

/** The period that an id stands for; undefined where there is no such one. */
export function periodOf(id: string): Period | undefined {
  if (known.has(id)) return known.get(id)
  const period = parsed(id)
  known.set(id, period)
  return period
}

/** The period so many of its kind after the first. */
export function periodAt(type: PeriodType, index: number): Period {
  return { id: type.idOf(index), type, index, first: type.first(index), last: type.last(index) }
}

function parsed(id: string): Period | undefined {
  for (const type of types) {
    const [, year, n = '1'] = type.pattern.exec(id) ?? []
    if (year === undefined) continue
    const index = type.indexIn(Number(year), Number(n))
    return type.idOf(index) === id ? periodAt(type, index) : undefined
  }
  return undefined
}

function mod(n: number, by: number): number {
  return ((n % by) + by) % by
}
