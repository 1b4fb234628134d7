import type { Header } from '../grid/grid.ts'
import { type DateStyle, dateCaster } from './cast-date.ts'
import type { Zone } from './time-zone.ts'

/** A cell of a value type; undefined where it can't be one. */
export type Caster = (cell: unknown) => unknown

const numeric = new Set([
  'NUMBER',
  'UNIT_INTERVAL',
  'PERCENTAGE',
  'INTEGER',
  'INTEGER_POSITIVE',
  'INTEGER_NEGATIVE',
  'INTEGER_ZERO_OR_POSITIVE',
])

/** What old servers say in place of a value type. */
const javaTypes: Readonly<Record<string, string>> = {
  'java.lang.Double': 'NUMBER',
  'java.lang.Integer': 'INTEGER',
  'java.lang.Boolean': 'BOOLEAN',
  'java.time.LocalDate': 'DATE',
  'java.time.LocalDateTime': 'DATETIME',
  'java.util.Date': 'DATETIME',
}

const decimal = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const [minus, dot, zero, nine] = [0x2d, 0x2e, 0x30, 0x39]
const powersOfTen = Array.from({ length: 15 }, (_, i) => 10 ** i)

export function valueTypeOf({ valueType, type }: Header): string | undefined {
  return valueType ?? (type === undefined ? undefined : javaTypes[type])
}

/** Whether cells of this type are numbers. */
export function isNumeric(valueType: string | undefined): boolean {
  return valueType !== undefined && numeric.has(valueType)
}

/** Whether a cell of this type is no number, which servers send where there is none. */
export function isNonFinite(valueType: string | undefined, cell: unknown): boolean {
  return isNumeric(valueType) && /^([+-]?Infinity|NaN)$/.test(String(cell))
}

/** What a cell is, for an error about it. */
export function excerptOf(cell: unknown): string {
  const text = String(cell)
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

/** How cells of this type are cast; undefined where they are text, or of a type that is not known. */
export function casterOf(
  valueType: string | undefined,
  dates: DateStyle,
  zone: Zone | undefined,
): Caster | undefined {
  if (valueType === undefined) return undefined
  if (isNumeric(valueType)) return numberOf
  switch (valueType) {
    case 'BOOLEAN':
    case 'TRUE_ONLY':
      return booleanOf
    case 'DATE':
    case 'AGE':
      return dates === 'text' ? undefined : dateCaster(dates, false, zone)
    case 'DATETIME':
      return dates === 'text' ? undefined : dateCaster(dates, true, zone)
    default:
      return undefined
  }
}

function numberOf(cell: unknown): number | undefined {
  if (typeof cell === 'number') return cell
  if (typeof cell !== 'string') return undefined
  const simple = simpleDecimal(cell)
  if (simple !== undefined) return simple
  if (!decimal.test(cell)) return undefined
  const number = Number(cell)
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number
  return digitsOf(String(number)) === digitsOf(cell) ? number : undefined
}

/**
 * What `Number` makes of at most 15 digits and a point, made faster: both the digits and the power of ten are
 * exact, so their quotient is the nearest double.
 */
function simpleDecimal(text: string): number | undefined {
  const { length } = text
  const isNegative = text.charCodeAt(0) === minus
  let i = isNegative ? 1 : 0
  if (length > 15 || i === length) return undefined
  let digits = 0
  let point = -1
  for (; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code >= zero && code <= nine) digits = digits * 10 + (code - zero)
    else if (code === dot && point === -1 && i + 1 < length) point = i
    else return undefined
  }
  const number = point === -1 ? digits : digits / powersOfTen[length - 1 - point]!
  return isNegative ? -number : number
}

/** The digits that matter, whatever the exponent: `9.007E15` and `9007000000000000` have the same. */
function digitsOf(number: string): string {
  return number
    .replace(/e.*/i, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '')
}

function booleanOf(cell: unknown): boolean | undefined {
  switch (cell) {
    case '1':
    case 'true':
    case 1:
    case true:
      return true
    case '0':
    case 'false':
    case 0:
    case false:
      return false
    default:
      return undefined
  }
}
