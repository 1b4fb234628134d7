import { casterOf } from '../cells/cast-cell.ts'
import { dateCaster } from '../cells/cast-date.ts'
import { cellText } from '../csv/csv-text.ts'
import type { ColumnType, TableColumn } from './columns.ts'

/** What a database is given for a cell. */
export type FittingCell = string | number | bigint | boolean | null

type Make = (cell: unknown) => FittingCell | undefined

/**
 * Makes of a cell what its column takes, for databases that cast nothing themselves; undefined of one that does not fit.
 * Dates are text: `2024-01-31` and `2024-01-31 09:30:00.000`. An integer that no number holds is a bigint. A cell without
 * anything in it is NULL, and in a key of text the empty text.
 */
export function fitting({ type, isKey }: TableColumn): Make {
  const make = makers[type]()
  const nothing = isKey && type === 'text' ? '' : null
  return (cell) => (cell === '' || cell === null || cell === undefined ? nothing : make(cell))
}

const makers: Readonly<Record<ColumnType, () => Make>> = {
  text: () => textOf,
  double: () => {
    const cast = casterOf('NUMBER', 'text', undefined)!
    return (cell) => {
      if (typeof cell === 'bigint') return Number(cell)
      return (cast(cell) as number | undefined) ?? outOfBounds(cell)
    }
  },
  bigint: () => integerOf,
  boolean: () => casterOf('BOOLEAN', 'text', undefined) as Make,
  date: () => dayOf,
  timestamp: () => (cell) => timeOf(cell)?.replace('T', ' ').replace(zone, ''),
}

const zone = /(Z|[+-]\d\d:\d\d)$/
const integer = /^[-+]?\d+$/
const isoTime = dateCaster('iso', true, undefined)

function textOf(cell: unknown): string | undefined {
  try {
    return cellText(cell)
  } catch {
    return undefined
  }
}

/** What is no decimal that a double holds to its last digit. */
function outOfBounds(cell: unknown): number | undefined {
  if (typeof cell !== 'string' || cell.trim() !== cell) return undefined
  if (/^(NaN|[-+]?Infinity)$/.test(cell)) return Number(cell)
  const number = /^[-+.\d][-+.\deE]*$/.test(cell) ? Number(cell) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

function integerOf(cell: unknown): number | bigint | undefined {
  if (typeof cell === 'bigint') return within(cell)
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? cell : undefined
  if (typeof cell !== 'string' || !integer.test(cell)) return undefined
  const number = Number(cell)
  return Number.isSafeInteger(number) ? number : within(BigInt(cell.replace('+', '')))
}

/** It takes 64 bits. */
function within(number: bigint): bigint | undefined {
  return BigInt.asIntN(64, number) === number ? number : undefined
}

function timeOf(cell: unknown): string | undefined {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString()
  return isoTime(cell) as string | undefined
}

/** A day with a time that is not midnight is none: a column of days would lose it. */
function dayOf(cell: unknown): string | undefined {
  const [, day, time = ''] = /^(.{10})T(.{8}\.0*)?/.exec(timeOf(cell) ?? '') ?? []
  return /^00:00:00\.0*$/.test(time) ? day : undefined
}
