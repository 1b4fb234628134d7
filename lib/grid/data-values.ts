import type { Header } from './grid.ts'

/**
 * One value of a data value set. Fields not listed are kept, among them what the set says of all its values (`dataSet`,
 * `completeDate`). Servers from 2.37 to 2.42 say null where others leave a field out.
 */
export interface DataValue {
  dataElement: string
  period: string
  orgUnit: string
  /** Missing where the value is deleted, or there is only a comment or a mark for follow-up. */
  value?: string | null
  categoryOptionCombo?: string
  attributeOptionCombo?: string
  storedBy?: string | null
  created?: string | null
  lastUpdated?: string | null
  comment?: string | null
  followup?: boolean | null
  /** True for a value that is no more, which `/api/dataValueSets` tells under `includeDeleted=true`. */
  deleted?: boolean
  [field: string]: unknown
}

const text = (name: string): Header => ({ name, column: name, valueType: 'TEXT', type: 'java.lang.String' })
const boolean = (name: string): Header => ({
  ...text(name),
  valueType: 'BOOLEAN',
  type: 'java.lang.Boolean',
})

const documented: readonly Header[] = [
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
  boolean('followup'),
]

/**
 * The fields of a data value as columns, in the order of DHIS2's own CSV, and behind them `deleted` of raw values, and what
 * all share beside.
 */
export function dataValueHeaders(shared: Iterable<string>, isRaw: boolean): Header[] {
  const own = isRaw ? [...documented, boolean('deleted')] : documented
  const names = new Set(own.map(({ name }) => name))
  return [...own, ...[...shared].filter((name) => !names.has(name)).map(text)]
}

/** What a data value is known by. */
export const keyFields = [
  'dataElement',
  'period',
  'orgUnit',
  'categoryOptionCombo',
  'attributeOptionCombo',
] as const

/** Fields that each data value has, its own or that of the set. */
const neededFields = ['dataElement', 'period', 'orgUnit'] as const

/** Says nothing of the values but how they are named. */
const scheme = /IdScheme$/

/** What a set says of all its values: its fields that are text. */
export function sharedFields(fields: ReadonlyMap<string, unknown>): Map<string, string> {
  const shared = new Map<string, string>()
  for (const [name, value] of fields) {
    if (typeof value === 'string' && !scheme.test(name)) shared.set(name, value)
  }
  return shared
}

/** Null is what some servers say of a field that others leave out. */
export function isThere(field: unknown): boolean {
  return field !== undefined && field !== null
}

const setFields = new Set<string>([...keyFields, 'dataSet', 'completeDate'])

/** Whether these are fields of a data value set and nothing else: up to 2.36 an empty set is no more than that. */
export function isBareSet(fields: ReadonlyMap<string, unknown>): boolean {
  return [...fields].every(
    ([name, value]) =>
      (typeof value === 'string' || value === null) && (setFields.has(name) || scheme.test(name)),
  )
}

/** Gives a data value what it shares with the others, where it says nothing of its own. */
export function complete(value: Record<string, unknown>, shared: ReadonlyMap<string, string>): void {
  for (const [name, text] of shared) value[name] ??= text
  // The name that servers up to 2.36 have for it.
  if ('followUp' in value) {
    value['followup'] ??= value['followUp']
    delete value['followUp']
  }
}

/** The first of the fields that each data value needs and this one has not. */
export function missingField(value: Record<string, unknown>): string | undefined {
  return neededFields.find((name) => !isThere(value[name]))
}

/** What is wrong with a data value; undefined where nothing is. */
export function faultOf(value: Record<string, unknown>): string | undefined {
  const wrong = neededFields.find((name) => typeof value[name] !== 'string')
  if (wrong) return `has no ${wrong}`
  const { value: number, deleted, followup, comment } = value
  if (typeof number === 'string') return undefined
  if (number !== undefined && number !== null) return 'has no value that is text'
  if (deleted === true || followup === true || (isThere(comment) && comment !== '')) return undefined
  return 'has no value, and is not deleted, commented or marked for follow-up'
}
