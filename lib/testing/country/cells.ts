import type { Period } from '../calendar.ts'
import { periodAt, yearOfDay } from '../calendar.ts'
import { aggregated } from './aggregate.ts'
import type { Whole } from './cell.ts'
import type { DataItem } from './dx-axis.ts'
import type { DataElement, OptionCombo } from './elements.ts'
import type { Operand } from './formula.ts'
import { mix, shareOf } from './hash.ts'
import type { Indicator } from './indicators.ts'
import type { Model } from './model.ts'
import { javaDouble, rounded } from './numbers.ts'
import type { Place } from './place.ts'
import { combined, eventsIn, isOnDay, placeFilter } from './program-cells.ts'
import type { TableState } from './tables.ts'
import { daysIn } from './together.ts'
import type { Raw } from './values.ts'

/** Where a cell is: an item of each axis, or all items of one that is a filter. */
interface Coordinates {
  readonly periods: readonly Period[]
  readonly places: readonly Place[]
  /** Undefined for all. */
  readonly combo: OptionCombo | undefined
}

export interface Asked {
  readonly items: readonly DataItem[]
  readonly periods: readonly Period[]
  /** `aggregationType`, in place of each element's own. */
  readonly aggregationType: string | undefined
  readonly skipsRounding: boolean
  /** Whether `pe` stands behind `ou`: then offsets of indicators lead nowhere. */
  readonly isOutOfOrder: boolean
}

/** A cell of an indicator, and what it is made of. */
interface IndicatorCell {
  readonly value: number
  readonly numerator: number
  readonly denominator: number
}

/** What gives the cells of one question, as text; undefined where there is none, and where there can be none in any period. */
export interface Cells {
  readonly along: (
    item: DataItem,
    places: readonly Place[],
    combo: OptionCombo | undefined,
  ) => ((periods: readonly Period[]) => string | undefined) | undefined
}

export function cellsOf(model: Model, state: TableState, asked: Asked): Cells {
  const { values } = model
  const inTables = values.inTables(state)
  const chance = model.chance()
  const direct = wholeOf(asked.periods, model, chance)
  // All indicators of a request are of one query for data, which has the years that any of them needs.
  const operands = asked.items.flatMap((item) =>
    item.kind === 'indicator'
      ? [...item.indicator.formulas.numerator.operands, ...item.indicator.formulas.denominator.operands]
      : [],
  )
  const shifted = operands.flatMap((operand) =>
    asked.periods.flatMap((period) => periodsFor(operand, period, asked.isOutOfOrder)),
  )
  const inside = wholeOf([...asked.periods, ...shifted], model, chance)

  const ofOperand = (operand: Operand, at: Coordinates): number | undefined => {
    const element = model.byId.elements.get(operand.element)!
    const combos =
      operand.combo === undefined
        ? element.optionCombos
        : element.optionCombos.filter(({ id }) => id === operand.combo)
    const { sources, read } = inTables(element.dataSet, at.places)
    const aggregationType = operand.aggregationType ?? asked.aggregationType ?? element.aggregationType
    const found = at.periods
      .flatMap((period) => periodsFor(operand, period, asked.isOutOfOrder))
      .map((period) =>
        aggregated({ element, combos, aggregationType, periods: [period], sources }, inside, values, read),
      )
      .filter((value) => value !== undefined)
    return found.length ? found.reduce<number>((sum, value) => sum + Number(value), 0) : undefined
  }
  const ofIndicator = (
    { formulas, annualized, factor }: Indicator,
    at: Coordinates,
  ): IndicatorCell | undefined => {
    const numerator = formulas.numerator.valueOf((operand) => ofOperand(operand, at))
    const { denominator: below } = formulas
    const denominator = below.operands.length
      ? below.valueOf((operand) => ofOperand(operand, at))
      : below.valueOf(() => 0)
    if (numerator === undefined || denominator === undefined || denominator === 0) return undefined
    const value = (numerator / denominator) * factor * (annualized ? 365 / daysIn(at.periods) : 1)
    return Number.isFinite(value) ? { value, numerator, denominator } : undefined
  }

  return {
    along(item, places, combo) {
      if (state.isEmpty) return undefined
      if (item.kind === 'indicator') {
        return (periods) => {
          const cell = ofIndicator(item.indicator, { periods, places, combo })
          return cell && javaDouble(rounded(cell.value, asked.skipsRounding))
        }
      }
      if (item.kind === 'rate') {
        const { sources } = inTables(item.dataSet, places)
        return (periods) => rateOf(item, periods, sources, model, asked.skipsRounding)
      }
      if (item.kind === 'program') {
        const isThere = placeFilter(places)
        const events = eventsIn(model, state).filter(({ place }) => isThere(place))
        return (periods) => {
          const numbers = events
            .filter(({ day }) => isOnDay(periods, day))
            .flatMap((event) => item.numberOf(event) ?? [])
          const value = combined(item.aggregationType, numbers)
          return value === undefined ? undefined : javaDouble(rounded(value, asked.skipsRounding))
        }
      }
      const { element } = item
      const aggregationType = asked.aggregationType ?? element.aggregationType
      const wanted = item.combos ?? element.optionCombos
      const combos = element.optionCombos.filter(
        (each) => wanted.includes(each) && (combo === undefined || combo === each),
      )
      const { sources, read } = inTables(element.dataSet, places)
      if (sources.length === 0) return undefined
      const textOf = writerOf(element, asked.skipsRounding)
      return (periods) =>
        textOf(aggregated({ element, combos, aggregationType, periods, sources }, direct, values, read))
    },
  }
}

function writerOf({ valueType }: DataElement, skipsRounding: boolean): (value: Raw) => string | undefined {
  return (value) => {
    if (typeof value !== 'number') return value
    const shown = rounded(value, skipsRounding)
    return valueType === 'INTEGER' && Number.isInteger(shown) ? String(shown) : javaDouble(shown)
  }
}

/** The periods whose values an operand is the sum of. */
function periodsFor({ offset, isYearToDate }: Operand, period: Period, isOutOfOrder: boolean): Period[] {
  const { type } = period
  const index = period.index + (isOutOfOrder ? 0 : offset)
  if (!isYearToDate) return [periodAt(type, index)]
  const year = type.yearOf(index)
  const found: Period[] = []
  for (let at = index; type.yearOf(at) === year; at--) found.unshift(periodAt(type, at))
  return found
}

function wholeOf(periods: readonly Period[], model: Model, chance: number): Whole {
  const touched = new Set<number>()
  const firstOf = new Map<string, Period>()
  for (const period of periods) {
    if (!firstOf.has(period.type.name)) firstOf.set(period.type.name, period)
    for (let year = yearOfDay(period.first); year <= yearOfDay(period.last); year++) {
      if (model.years.has(year)) touched.add(year)
    }
  }
  return { years: touched.size ? touched : undefined, firstOf, chance }
}

/** Reports that came, of those that were to come. */
function rateOf(
  { dataSet, metric }: DataItem & { kind: 'rate' },
  periods: readonly Period[],
  sources: readonly Place[],
  model: Model,
  skipsRounding: boolean,
): string | undefined {
  const element = model.elements.dataElements.find((each) => each.dataSet === dataSet)!
  const { periodType } = element
  const [first, last] = model.values.spanOf(element)
  let [expected, actual] = [0, 0]
  const share = metric.endsWith('ON_TIME') ? 0.5 : 0.8
  for (const period of periods) {
    const start = periodType.indexOf(period.first)
    for (let index = start; index <= last && periodType.first(index) <= period.last; index++) {
      if (index < first || periodType.first(index) < period.first) continue
      expected += sources.length
      for (const { hash } of sources) if (shareOf(mix(hash, mix(element.hash, index))) < share) actual++
    }
  }
  if (expected === 0) return undefined
  if (metric === 'EXPECTED_REPORTS') return String(expected)
  if (actual === 0) return undefined
  if (metric.startsWith('ACTUAL')) return String(actual)
  return String(rounded((actual / expected) * 100, skipsRounding))
}
