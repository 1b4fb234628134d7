import type { Period } from '../calendar.ts'

/** Numbers made one, by an aggregation type. */
export function together(type: string, found: readonly number[], days: number): number | undefined {
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

export function daysIn(periods: readonly Period[]): number {
  return periods.reduce((days, { first, last }) => days + last - first + 1, 0)
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

export function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}

export function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
}

function variance(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length
  return sum(numbers.map((number) => (number - mean) ** 2)) / (numbers.length - 1)
}
