import type { ValueKind } from '../../columns/cells.ts'
import { daysAt, numbersAt, type ReadCuts, timesAt } from '../../columns/cells-at.ts'
import type { ColumnBuilder, HeldText } from '../../columns/column-builder.ts'
import { TextBuilder } from '../../columns/text-builder.ts'
import { ValueBuilder } from '../../columns/value-builder.ts'
import type { TableColumn } from '../../tables/columns.ts'
import { fitting } from '../../tables/fitting.ts'
import type { TargetColumn } from './target.ts'

interface Reading {
  readonly kind: ValueKind
  /** What `fitting` makes of a cell, as a number. */
  readonly number: (made: unknown) => number
  readonly cuts?: ReadCuts
}

const readings: Readonly<Record<Exclude<TableColumn['type'], 'text'>, Reading>> = {
  double: { kind: 'number', number: (made) => made as number, cuts: numbersAt },
  // What has no number is beyond 2^53. Not from bytes: `7.0` is none.
  bigint: { kind: 'number', number: (made) => (typeof made === 'number' ? made : NaN) },
  boolean: { kind: 'boolean', number: Number },
  date: { kind: 'date', number: (made) => Date.parse(made as string), cuts: daysAt },
  timestamp: {
    kind: 'datetime',
    number: (made) => Date.parse(`${(made as string).replace(' ', 'T')}Z`),
    cuts: timesAt,
  },
}

/** Gathers the cells of a column that goes into a table: the same as sinks write one by one. */
export function stagedBuilder(column: TargetColumn, capacity: number, held: HeldText): ColumnBuilder {
  const { name, stagedType, dataType, takesNaN } = column
  if (stagedType === 'text') return new TextBuilder({ name }, capacity, held)
  const fit = fitting({ name, type: stagedType, isKey: false })
  const { kind, number, cuts } = readings[stagedType]
  const reader = {
    kind,
    valueType: dataType,
    read(cell: unknown) {
      const made = fit(cell)
      return made === undefined || made === null ? NaN : number(made)
    },
    isNone: (cell: unknown) => takesNaN && Number.isNaN(fit(cell)),
    ...(cuts && { cuts }),
  }
  return new ValueBuilder({ name }, reader, capacity, '')
}
