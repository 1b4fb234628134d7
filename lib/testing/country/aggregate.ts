import type { Period } from '../calendar.ts'
import type { Cell, Reader, Whole } from './cell.ts'
import type { DataElement } from './elements.ts'
import { ranked } from './first-last.ts'
import { isFinancialOfYears, spread, weighted } from './spread.ts'
import { daysIn, least, most, together } from './together.ts'
import type { Raw, Values } from './values.ts'

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
