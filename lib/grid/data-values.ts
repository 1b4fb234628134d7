import type { Header } from './grid.ts'

/** One value of a `dataValueSet.json`. Fields not listed are kept. */
export interface DataValue {
  dataElement: string
  period: string
  orgUnit: string
  value: string
  categoryOptionCombo?: string
  attributeOptionCombo?: string
  storedBy?: string
  created?: string
  lastUpdated?: string
  comment?: string
  followup?: boolean
  [field: string]: unknown
}

const text = (name: string): Header => ({ name, column: name, valueType: 'TEXT', type: 'java.lang.String' })

/** The fields of a data value as columns, in the order of DHIS2's own CSV. */
export const dataValueHeaders: readonly Header[] = [
  text('dataElement'),
  text('period'),
  text('orgUnit'),
  text('categoryOptionCombo'),
  text('attributeOptionCombo'),
  { ...text('value'), valueType: 'NUMBER', type: 'java.lang.Double' },
  text('storedBy'),
  text('created'),
  text('lastUpdated'),
  text('comment'),
  { ...text('followup'), valueType: 'BOOLEAN', type: 'java.lang.Boolean' },
]

/** What is wrong with a data value; undefined where nothing is. */
export function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not an object'
  const { dataElement, period, orgUnit, value: number } = value as Record<string, unknown>
  if (typeof dataElement !== 'string') return 'has no dataElement'
  if (typeof period !== 'string') return 'has no period'
  if (typeof orgUnit !== 'string') return 'has no orgUnit'
  if (typeof number !== 'string') return 'has no value that is text'
  return undefined
}
