import { type Period, periodOf } from '../calendar.ts'
import { periodsOf } from '../periods.ts'
import { conflict, type Refusal } from '../query-checks.ts'
import { monthNames } from '../world.ts'

/** The periods of `pe`, relative ones counted from a day, each once. */
export function peAxis(items: readonly string[], today: string): Period[] | Refusal {
  const ids = [...new Set(items.flatMap((item) => periodsOf(item, today)))]
  const periods: Period[] = []
  for (const id of ids) {
    const period = periodOf(id)
    if (!period) return conflict('E7611', `Period not valid: \`${id}\``)
    periods.push(period)
  }
  return periods
}

/** `January 2024`; other kinds by their ids. */
export function nameOfPeriod({ id, type }: Period): string {
  return type.name === 'Monthly' ? `${monthNames[Number(id.slice(4)) - 1]} ${id.slice(0, 4)}` : id
}
