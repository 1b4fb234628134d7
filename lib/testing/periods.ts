/** Days from `from` to `to`, both counted. */
export interface Days {
  readonly from: string
  readonly to: string
}

interface Unit {
  /** The id of the period so many units after the year 0 (days and weeks: after 1970) began. */
  idOf: (index: number) => string
  daysOf: (index: number) => Days
  /** The period that a day lies in. */
  indexOf: (day: Date) => number
  /** How many of them a year has. */
  perYear: number
}

const dayMs = 86_400_000
const text = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const two = (number: number) => String(number).padStart(2, '0')

/** Periods of whole months: so many each, the first of a year beginning `shift` months into it. */
function ofMonths(months: number, nameOf: (year: number, part: number) => string, shift = 0): Unit {
  const perYear = 12 / months
  const startOf = (index: number) => {
    const month = index * months + shift
    return Date.UTC(Math.floor(month / 12), month % 12, 1)
  }
  return {
    perYear,
    idOf: (index) => nameOf(Math.floor(index / perYear), index % perYear),
    daysOf: (index) => ({ from: text(startOf(index)), to: text(startOf(index + 1) - dayMs) }),
    indexOf: (day) => Math.floor((day.getUTCFullYear() * 12 + day.getUTCMonth() - shift) / months),
  }
}

/** Weeks are counted from a Monday before 1970, and belong to the year of their Thursday. */
const firstMonday = Date.UTC(1969, 11, 29)
const weekOf = (index: number) => {
  const thursday = new Date(firstMonday + (index * 7 + 3) * dayMs)
  const year = thursday.getUTCFullYear()
  return `${year}W${Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1}`
}

const units: Readonly<Record<string, Unit>> = {
  DAY: {
    perYear: 365,
    idOf: (index) => text(index * dayMs).replaceAll('-', ''),
    daysOf: (index) => ({ from: text(index * dayMs), to: text(index * dayMs) }),
    indexOf: (day) => Math.floor(day.getTime() / dayMs),
  },
  WEEK: {
    perYear: 52,
    idOf: weekOf,
    daysOf: (index) => ({
      from: text(firstMonday + index * 7 * dayMs),
      to: text(firstMonday + (index * 7 + 6) * dayMs),
    }),
    indexOf: (day) => Math.floor((day.getTime() - firstMonday) / (7 * dayMs)),
  },
  MONTH: ofMonths(1, (year, part) => `${year}${two(part + 1)}`),
  BIMONTH: ofMonths(2, (year, part) => `${year}${two(part + 1)}B`),
  QUARTER: ofMonths(3, (year, part) => `${year}Q${part + 1}`),
  SIX_MONTH: ofMonths(6, (year, part) => `${year}S${part + 1}`),
  YEAR: ofMonths(12, (year) => String(year)),
  FINANCIAL_YEAR: ofMonths(12, (year) => `${year}Oct`, 9),
}

const others: Readonly<Record<string, Unit>> = {
  April: ofMonths(12, (year) => `${year}April`, 3),
  July: ofMonths(12, (year) => `${year}July`, 6),
}

const years = /^(\d{4})/

/** The days of an ISO period; undefined where it is none. */
export function daysOfPeriod(id: string): Days | undefined {
  const year = Number(years.exec(id)?.[1])
  if (Number.isNaN(year)) return undefined
  for (const unit of [...Object.values(units), ...Object.values(others)]) {
    const start = unit.indexOf(new Date(Date.UTC(year, 0, 1)))
    for (let index = start - 1; index <= start + unit.perYear + 1; index++) {
      if (unit.idOf(index) === id) return unit.daysOf(index)
    }
  }
  return undefined
}

/** What an item of `pe` stands for on a day: itself, or the periods that a relative one means. */
export function periodsOf(item: string, today: string): string[] {
  const day = new Date(`${today}T00:00:00Z`)
  if (item === 'TODAY') return periodsOf('THIS_DAY', today)
  if (item === 'YESTERDAY') return periodsOf('LAST_DAY', today)
  const [, which, count = '1', name = ''] = /^(THIS|LAST)(?:_(\d+))?_(.+)$/.exec(item) ?? []
  const [, plural = '', ofYear] = /^(.+)_(THIS|LAST)_YEAR$/.exec(item) ?? []
  const unitOf = (text: string) =>
    units[text] ?? units[text.replace(/S$/, '').replace('SIXMONTH', 'SIX_MONTH')]
  const whole = unitOf(plural)
  if (whole && ofYear) {
    const year = day.getUTCFullYear() - (ofYear === 'LAST' ? 1 : 0)
    const first = whole.indexOf(new Date(Date.UTC(year, 0, 4)))
    return Array.from({ length: whole.perYear }, (_, i) => whole.idOf(first + i))
  }
  const unit = unitOf(name)
  if (!unit || which === undefined) return [item]
  const now = unit.indexOf(day)
  if (which === 'THIS') return [unit.idOf(now)]
  return Array.from({ length: Number(count) }, (_, i) => unit.idOf(now - Number(count) + i))
}
