import { dayOf, textOfDay } from '../calendar.ts'
import type { Cell, Reader, Whole } from './cell.ts'
import { least, most, together } from './together.ts'
import type { Raw, Values } from './values.ts'

/**
 * LAST and FIRST: of each place the last value of the ten years before the end of the period is taken, and only then
 * dropped where its year is none of the question's.
 */
export function ranked(cell: Cell, { years, chance }: Whole, values: Values, read: Reader): Raw {
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
