import type { Period } from '../calendar.ts'
import type { Cell, Reader, Whole } from './cell.ts'
import { daysIn, sum } from './together.ts'
import type { Raw } from './values.ts'

/** AVERAGE and AVERAGE_SUM_ORG_UNIT of periods shorter than the data's: what there is of the longer one. */
export function spread(cell: Cell, whole: Whole, read: Reader): Raw {
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

export function isFinancialOfYears({ element, periods }: Cell): boolean {
  return element.periodType.name === 'Yearly' && periods.some(({ type }) => type.name.startsWith('Financial'))
}

/** Averages of years for financial years: both years count, and by how much the server leaves to chance. */
export function weighted(cell: Cell, { chance }: Whole, read: Reader): Raw {
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
