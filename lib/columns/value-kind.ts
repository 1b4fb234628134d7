import { casterOf, isNonFinite, valueTypeOf } from '../cells/cast-cell.ts'
import type { Header } from '../grid/grid.ts'
import type { ValueKind } from './cells.ts'
import { dayMs, daysAt, numbersAt, type ReadCuts, timesAt } from './cells-at.ts'

/** How cells of a column become numbers. */
export interface ValueReader {
  readonly kind: ValueKind
  readonly valueType: string
  /** NaN for what is none, and for what does not fit. */
  read(cell: unknown): number
  /** Whether a cell for which that is NaN is none. */
  isNone(cell: unknown): boolean
  /** The same straight from bytes. */
  readonly cuts?: ReadCuts
}

/** Undefined where the header's cells are text, or it does not say. */
export function readerOf(header: Header): ValueReader | undefined {
  const valueType = valueTypeOf(header)
  return valueType === undefined ? undefined : readerFor(valueType)
}

/** What a header without a value type has, by a cell of it. */
export function readerLike(cell: unknown): ValueReader | undefined {
  if (typeof cell === 'number') return readerFor('NUMBER')
  if (typeof cell === 'boolean') return readerFor('BOOLEAN')
  return cell instanceof Date ? readerFor('DATETIME') : undefined
}

function readerFor(valueType: string): ValueReader | undefined {
  const cast = casterOf(valueType, 'date', undefined)
  if (!cast) return undefined
  switch (valueType) {
    case 'BOOLEAN':
    case 'TRUE_ONLY': {
      const read = (cell: unknown) => {
        const value = cast(cell)
        return value === undefined ? NaN : Number(value)
      }
      return { kind: 'boolean', valueType, read, isNone: () => false }
    }
    case 'DATE':
    case 'AGE': {
      const wholeDay = (time: number) => (time % dayMs === 0 ? time : NaN)
      return {
        kind: 'date',
        valueType,
        read: (cell) => wholeDay(timeOf(cast, cell)),
        isNone: () => false,
        cuts: daysAt,
      }
    }
    case 'DATETIME':
      return {
        kind: 'datetime',
        valueType,
        read: (cell) => timeOf(cast, cell),
        isNone: () => false,
        cuts: timesAt,
      }
    default: {
      const read = (cell: unknown) => {
        const number = cast(cell) as number | undefined
        return number !== undefined && Number.isFinite(number) ? number : NaN
      }
      return {
        kind: 'number',
        valueType,
        read,
        isNone: (cell) => isNonFinite(valueType, cell),
        cuts: numbersAt,
      }
    }
  }
}

function timeOf(cast: (cell: unknown) => unknown, cell: unknown): number {
  const date = cell instanceof Date ? cell : (cast(cell) as Date | undefined)
  return date === undefined ? NaN : date.getTime()
}
