import type { Period } from '../calendar.ts'
import { periodAt, yearOfDay } from '../calendar.ts'
import { aggregated, daysIn, type Whole } from './aggregate.ts'
import type { DataItem } from './dx-axis.ts'
import type { OptionCombo } from './elements.ts'
import type { Operand } from './formula.ts'
import { mix, shareOf } from './hash.ts'
import type { Indicator } from './indicators.ts'
import type { Model } from './model.ts'
import { javaDouble, rounded } from './numbers.ts'
import { within } from './ou-axis.ts'
import type { Place } from './places.ts'

/** Where a cell is: an item of each axis, or all items of one that is a filter. */
export interface Coordinates {
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

/** The cells of indicators, with what the server adds to each. */
export interface IndicatorCell {
  readonly value: number
  readonly numerator: number
  readonly denominator: number
}

/** What gives the cells of one question, as text; undefined where there is none. */
export interface Cells {
  readonly textOf: (item: DataItem, at: Coordinates) => string | undefined
}

export function cellsOf(model: Model, asked: Asked): Cells {
  const { values } = model
  const { state } = model.tables
  const read = values.inTables(state)
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
    const sources = within(values.sourcesOf(element.dataSet), at.places)
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
    textOf(item, at) {
      if (state.isEmpty) return undefined
      if (item.kind === 'indicator') {
        const cell = ofIndicator(item.indicator, at)
        return cell && javaDouble(rounded(cell.value, asked.skipsRounding))
      }
      if (item.kind === 'rate') return rateOf(item, at, model, asked.skipsRounding)
      const { element } = item
      const aggregationType = asked.aggregationType ?? element.aggregationType
      const wanted = item.combos ?? element.optionCombos
      const combos = element.optionCombos.filter(
        (combo) => wanted.includes(combo) && (at.combo === undefined || at.combo === combo),
      )
      const sources = within(values.sourcesOf(element.dataSet), at.places)
      const value = aggregated(
        { element, combos, aggregationType, periods: at.periods, sources },
        direct,
        values,
        read,
      )
      if (typeof value !== 'number') return value
      const shown = rounded(value, asked.skipsRounding)
      return element.valueType === 'INTEGER' && Number.isInteger(shown) ? String(shown) : javaDouble(shown)
    },
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
  { periods, places }: Coordinates,
  model: Model,
  skipsRounding: boolean,
): string | undefined {
  const element = model.elements.dataElements.find((each) => each.dataSet === dataSet)!
  const { periodType } = element
  const [first, last] = model.values.spanOf(element)
  const sources = within(model.values.sourcesOf(dataSet), places)
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
