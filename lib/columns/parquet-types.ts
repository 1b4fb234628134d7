import type { Cells } from './cells.ts'
import { bool, i32, struct, type ThriftValue } from './thrift.ts'

/** What a column is in Parquet. */
export type ParquetType = 'double' | 'boolean' | 'date' | 'timestamp' | 'string'

interface Written {
  /** The number of how its values are stored. */
  readonly physical: number
  /** What old readers know instead of the logical type; none says that a time has no zone. */
  readonly converted?: number
  readonly logical?: ThriftValue
}

const [isString, isDate, isTimestamp] = [1, 6, 8]
const milliseconds = 1

const written: Readonly<Record<ParquetType, Written>> = {
  boolean: { physical: 0 },
  date: { physical: 1, converted: 6, logical: struct({ [isDate]: struct({}) }) },
  timestamp: {
    physical: 2,
    logical: struct({
      [isTimestamp]: struct({ 1: bool(false), 2: struct({ [milliseconds]: struct({}) }) }),
    }),
  },
  double: { physical: 5 },
  string: { physical: 6, converted: 0, logical: struct({ [isString]: struct({}) }) },
}

export function physicalType(type: ParquetType): ThriftValue {
  return i32(written[type].physical)
}

/** The fields of a column in the schema that say its type. */
export function typeFields(type: ParquetType): Record<number, ThriftValue | undefined> {
  const { converted, logical } = written[type]
  return { 1: physicalType(type), 6: converted === undefined ? undefined : i32(converted), 10: logical }
}

export function parquetTypeOf({ kind }: Cells): ParquetType {
  switch (kind) {
    case 'number':
      return 'double'
    case 'boolean':
    case 'date':
      return kind
    case 'datetime':
      return 'timestamp'
    case 'text':
    case 'plain':
      return 'string'
  }
}
