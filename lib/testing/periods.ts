import { dayOf, type PeriodType, periodAt, periodOf, periodType, textOfDay } from './calendar.ts'

/** Days from `from` to `to`, both counted. */
export interface Days {
  readonly from: string
  readonly to: string
}

/** The kinds of periods that relative ones are of. Financial years begin in October, as DHIS2 has it out of the box. */
const units: Readonly<Record<string, string>> = {
  DAY: 'Daily',
  WEEK: 'Weekly',
  BIWEEK: 'BiWeekly',
  MONTH: 'Monthly',
  BIMONTH: 'BiMonthly',
  QUARTER: 'Quarterly',
  SIX_MONTH: 'SixMonthly',
  SIXMONTH: 'SixMonthly',
  YEAR: 'Yearly',
  FINANCIAL_YEAR: 'FinancialOct',
}

/** The days of an ISO period; undefined where it is none. */
export function daysOfPeriod(id: string): Days | undefined {
  const period = periodOf(id)
  return period && { from: textOfDay(period.first), to: textOfDay(period.last) }
}

/** What an item of `pe` stands for on a day: itself, or the periods that a relative one means. */
export function periodsOf(item: string, today: string): string[] {
  if (item === 'TODAY') return periodsOf('THIS_DAY', today)
  if (item === 'YESTERDAY') return periodsOf('LAST_DAY', today)
  const day = dayOf(today)
  const [, plural = '', which] = /^(.+)S_(THIS|LAST)_YEAR$/.exec(item) ?? []
  if (units[plural] && which) {
    return ofYear(periodType(units[plural]), Number(today.slice(0, 4)) - (which === 'LAST' ? 1 : 0))
  }
  const [, when, count = '1', name = ''] = /^(THIS|LAST)(?:_(\d+))?_(.+?)S?$/.exec(item) ?? []
  if (when === undefined || !units[name]) return [item]
  const type = periodType(units[name])
  if (when === 'THIS') return [type.idOf(type.indexOf(day))]
  const found: string[] = []
  // From one to the one before, as biweeks are not counted on from year to year.
  for (let before = type.first(type.indexOf(day)) - 1; found.length < Number(count); ) {
    const period = periodAt(type, type.indexOf(before))
    found.unshift(period.id)
    before = period.first - 1
  }
  return found
}

function ofYear(type: PeriodType, year: number): string[] {
  const found: string[] = []
  for (let day = dayOf(`${year}-01-04`); ; ) {
    const period = periodAt(type, type.indexOf(day))
    if (type.yearOf(period.index) !== year) return found
    found.push(period.id)
    day = period.last + 1
  }
}
