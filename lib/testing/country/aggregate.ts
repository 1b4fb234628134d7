import type { Period } from '../calendar.ts'
import { dayOf, textOfDay } from '../calendar.ts'
import type { DataElement, OptionCombo } from './elements.ts'
import type { Place } from './places.ts'
import type { Raw, Values } from './values.ts'

/** What a question is about as a whole, where that changes its cells. */
export interface Whole {
  /** The calendar years that it touches, of those that have a table; undefined where none has: then all count. */
  readonly years: ReadonlySet<number> | undefined
  /** The first of its periods of each kind: the server divides by the days of that one. */
  readonly firstOf: ReadonlyMap<string, Period>
  /** Another number for every asking: what the server leaves to chance goes by it. */
  readonly chance: number
}

/** A cell of data elements: an item of each axis, or all of those that are filters. */
export interface Cell {
  readonly element: DataElement
  readonly combos: readonly OptionCombo[]
  readonly aggregationType: string
  readonly periods: readonly Period[]
  readonly sources: readonly Place[]
}

type Reader = ReturnType<Values['inTables']>

/** The value of a cell, not rounded; undefined where there is none. */
export function aggregated(cell: Cell, whole: Whole, values: Values, read: Reader): Raw {
  const { aggregationType: type } = cell
  if (type === 'NONE') return oneText(cell, whole, values, read)
  if (/^(LAST|FIRST)(_|$)/.test(type) && !type.startsWith('LAST_IN_PERIOD')) {
    return ranked(cell, whole, values, read)
  }
  const isFiner = cell.periods.every((period) => period.type.days < cell.element.periodType.days)
  if (isFiner && type.startsWith('AVERAGE')) return spread(cell, whole, read)
  const periods = dataPeriods(cell, values)
  if (type === 'AVERAGE' && isFinancialOfYears(cell)) return weighted(cell, whole, read)
  const { combos, sources } = cell
  if (periods.length === 1 && sources.length === 1 && combos.length === 1 && isItself.test(type)) {
    return read(cell.element, combos[0]!, periods[0]!, sources[0]!)
  }

  // One number for each place and disaggregation, or one for each period of those too.
  const found: number[] = []
  for (const place of cell.sources) {
    for (const combo of cell.combos) {
      const own: number[] = []
      for (const period of periods) {
        const raw = read(cell.element, combo, period, place)
        if (raw !== undefined)
          own.push(Number(raw) * (type === 'AVERAGE_SUM_ORG_UNIT' ? daysOf(cell, period) : 1))
      }
      if (!own.length) continue
      if (type.startsWith('LAST_IN_PERIOD')) found.push(own.at(-1)!)
      else if (type === 'MIN_SUM_ORG_UNIT') found.push(least(own))
      else if (type === 'MAX_SUM_ORG_UNIT') found.push(most(own))
      else found.push(...own)
    }
  }
  return found.length ? together(type, found, daysIn(cell.periods)) : undefined
}

function together(type: string, found: readonly number[], days: number): number | undefined {
  switch (type) {
    case 'COUNT':
      return found.length
    case 'MIN':
      return least(found)
    case 'MAX':
      return most(found)
    case 'AVERAGE':
    case 'LAST_IN_PERIOD_AVERAGE_ORG_UNIT':
    case 'LAST_AVERAGE_ORG_UNIT':
    case 'FIRST_AVERAGE_ORG_UNIT':
      return sum(found) / found.length
    case 'AVERAGE_SUM_ORG_UNIT':
      return sum(found) / days
    case 'STDDEV':
      return found.length > 1 ? Math.sqrt(variance(found)) : undefined
    case 'VARIANCE':
      return found.length > 1 ? variance(found) : undefined
    default:
      return sum(found)
  }
}

/** What one value alone comes to: itself. */
const isItself = /^(SUM|AVERAGE|MIN|MAX|LAST_IN_PERIOD.*|(MIN|MAX)_SUM_ORG_UNIT)$/

const remembered = new WeakMap<readonly Period[], Map<DataElement, readonly number[]>>()

/** The periods of a data element that count for some: those that begin in them, unless they are longer. */
function dataPeriods({ element, periods }: Cell, values: Values): readonly number[] {
  const known = remembered.get(periods) ?? new Map<DataElement, readonly number[]>()
  remembered.set(periods, known)
  const found = known.get(element) ?? periods.flatMap((period) => dataPeriodsOf(element, period, values))
  known.set(element, found)
  return found
}

function dataPeriodsOf(element: DataElement, period: Period, values: Values): number[] {
  const { periodType } = element
  if (periodType.days > period.type.days) return []
  const [first, last] = values.spanOf(element)
  const start = periodType.indexOf(period.first)
  const from = Math.max(first, periodType.first(start) < period.first ? start + 1 : start)
  const to = Math.min(last, periodType.indexOf(period.last))
  return from > to ? [] : Array.from({ length: to - from + 1 }, (_, n) => from + n)
}

/**
 * LAST and FIRST: of each place the last value of the ten years before the end of the period is taken, and only then
 * dropped where its year is none of the question's.
 */
function ranked(cell: Cell, { years, chance }: Whole, values: Values, read: Reader): Raw {
  const { element, aggregationType, sources, combos } = cell
  const { periodType } = element
  const end = most(cell.periods.map(({ last }) => last))
  const start = dayOf(
    `${Number(textOfDay(end).slice(0, 4)) - 10}${textOfDay(end).slice(4)}`.replace('-02-29', '-02-28'),
  )
  const [first, last] = values.spanOf(element)
  const from = Math.max(
    first,
    periodType.first(periodType.indexOf(start)) < start
      ? periodType.indexOf(start) + 1
      : periodType.indexOf(start),
  )
  const within = periodType.indexOf(end)
  const to = Math.min(last, periodType.last(within) > end ? within - 1 : within)
  const isLast = aggregationType.startsWith('LAST')
  const isOfOne = /_(LAST|FIRST)_ORG_UNIT$/.test(aggregationType)
  const found: { period: number; value: number }[] = []
  for (const place of sources) {
    for (const combo of combos) {
      for (let n = 0; n <= to - from; n++) {
        const period = isLast ? to - n : from + n
        const raw = read(element, combo, period, place)
        if (raw === undefined) continue
        found.push({ period, value: Number(raw) })
        break
      }
    }
  }
  if (isOfOne) {
    // Which of those that tie it is depends on nothing that anybody could know.
    const best = isLast ? most(found.map(({ period }) => period)) : least(found.map(({ period }) => period))
    const tied = found.filter(({ period }) => period === best)
    found.splice(0, found.length, ...(tied.length ? [tied[chance % tied.length]!] : []))
  }
  const kept = found.filter(({ period }) => !years || years.has(periodType.yearOf(period)))
  return kept.length
    ? together(
        aggregationType,
        kept.map(({ value }) => value),
        1,
      )
    : undefined
}

/** AVERAGE and AVERAGE_SUM_ORG_UNIT of periods shorter than the data's: what there is of the longer one. */
function spread(cell: Cell, whole: Whole, read: Reader): Raw {
  const found: number[] = []
  for (const { first } of cell.periods) {
    for (const place of cell.sources) {
      for (const combo of cell.combos) {
        const raw = read(cell.element, combo, cell.element.periodType.indexOf(first), place)
        if (raw !== undefined) found.push(Number(raw))
      }
    }
  }
  if (!found.length) return undefined
  if (cell.aggregationType === 'AVERAGE') return sum(found) / found.length
  const [{ type }] = cell.periods as [Period]
  return (sum(found) * daysIn(cell.periods)) / (daysIn([whole.firstOf.get(type.name)!]) * cell.periods.length)
}

function isFinancialOfYears({ element, periods }: Cell): boolean {
  return element.periodType.name === 'Yearly' && periods.some(({ type }) => type.name.startsWith('Financial'))
}

/** Averages of years for financial years: both years count, and by how much the server leaves to chance. */
function weighted(cell: Cell, { chance }: Whole, read: Reader): Raw {
  const years = cell.periods.flatMap(({ first, last }) =>
    [first, last].map((day) => cell.element.periodType.indexOf(day)),
  )
  const means = years.map((year) => {
    const raws = cell.sources.flatMap((place) =>
      cell.combos.map((combo) => read(cell.element, combo, year, place)),
    )
    const found = raws.filter((raw) => raw !== undefined).map(Number)
    return found.length ? sum(found) / found.length : undefined
  })
  const [a, b] = means
  if (a === undefined || b === undefined) return a ?? b
  return chance % 2 ? 0.75 * a + 0.25 * b : 0.25 * a + 0.75 * b
}

/** Text is not aggregated: of several rows with one key one is left, whichever it is. */
function oneText(cell: Cell, { chance }: Whole, values: Values, read: Reader): Raw {
  const found = dataPeriods(cell, values)
    .flatMap((period) =>
      cell.sources.flatMap((place) => cell.combos.map((combo) => read(cell.element, combo, period, place))),
    )
    .filter((raw) => raw !== undefined)
  return found[chance % (found.length || 1)]
}

function daysOf({ element: { periodType } }: Cell, period: number): number {
  return periodType.last(period) - periodType.first(period) + 1
}

export function daysIn(periods: readonly Period[]): number {
  return periods.reduce((days, { first, last }) => days + last - first + 1, 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
}

function variance(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length
  return sum(numbers.map((number) => (number - mean) ** 2)) / (numbers.length - 1)
}
