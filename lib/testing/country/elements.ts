import { type PeriodType, periodType } from '../calendar.ts'
import { randomFrom, uidsByRow } from '../random.ts'
import { mix } from './hash.ts'

/** A disaggregation. */
export interface OptionCombo {
  readonly id: string
  readonly name: string
  readonly hash: number
}

/** What data elements are entered through: from where, and how often. */
export interface DataSet {
  readonly id: string
  readonly name: string
  readonly periodType: string
  /** The level whose org units enter it; undefined for all that have none below them. */
  readonly level: number | undefined
}

export interface DataElement {
  readonly id: string
  readonly name: string
  readonly aggregationType: string
  readonly valueType: string
  readonly dataSet: DataSet
  readonly periodType: PeriodType
  readonly optionCombos: readonly OptionCombo[]
  readonly hash: number
}

/** What makes a data element: how it is aggregated, and what the specs of splitting need one of. */
type Class = readonly [
  aggregationType: string,
  periodType: string,
  more?: { readonly valueType?: string; readonly level?: number; readonly isPlain?: true },
]

const classes: readonly Class[] = [
  ['SUM', 'Monthly'],
  ['SUM', 'Monthly', { valueType: 'NUMBER', isPlain: true }],
  ['LAST', 'Monthly', { isPlain: true }],
  ['AVERAGE', 'Monthly', { valueType: 'NUMBER' }],
  ['SUM', 'Yearly', { level: 2, isPlain: true }],
  ['AVERAGE_SUM_ORG_UNIT', 'Yearly', { isPlain: true }],
  ['LAST_AVERAGE_ORG_UNIT', 'Monthly'],
  ['FIRST', 'Monthly', { isPlain: true }],
  ['COUNT', 'Monthly'],
  ['MIN', 'Monthly'],
  ['MAX', 'Monthly'],
  ['SUM', 'Weekly', { isPlain: true }],
  ['SUM', 'Daily', { isPlain: true }],
  ['AVERAGE', 'Yearly', { valueType: 'NUMBER', isPlain: true }],
  ['AVERAGE_SUM_ORG_UNIT', 'Monthly', { isPlain: true }],
  ['LAST_IN_PERIOD', 'Monthly'],
  ['LAST_IN_PERIOD_AVERAGE_ORG_UNIT', 'Weekly', { isPlain: true }],
  ['FIRST_AVERAGE_ORG_UNIT', 'Quarterly', { isPlain: true }],
  ['LAST', 'Yearly', { isPlain: true }],
  ['MIN_SUM_ORG_UNIT', 'Monthly', { isPlain: true }],
  ['MAX_SUM_ORG_UNIT', 'Weekly', { isPlain: true }],
  ['STDDEV', 'Monthly', { isPlain: true }],
  ['VARIANCE', 'Monthly', { isPlain: true }],
  ['LAST_LAST_ORG_UNIT', 'Monthly', { isPlain: true }],
  ['FIRST_FIRST_ORG_UNIT', 'Monthly', { isPlain: true }],
  ['NONE', 'Monthly', { valueType: 'TEXT', isPlain: true }],
]

export const defaultCombo = { id: 'HllvX50cXC0', name: 'default' } as const

export interface Elements {
  readonly dataElements: readonly DataElement[]
  readonly dataSets: readonly DataSet[]
  /** The default first. */
  readonly optionCombos: readonly OptionCombo[]
  readonly groups: readonly {
    readonly id: string
    readonly name: string
    readonly members: readonly DataElement[]
  }[]
}

/** How many data elements it takes to have one of each class. */
export const classCount = classes.length

/** So many data elements: one of each class, then as many sums of whole numbers a month as it takes. */
export function elementsOf(seed: number, count: number): Elements {
  const idOf = uidsByRow(randomFrom(seed + 201))
  const comboId = uidsByRow(randomFrom(seed + 202))
  const setId = uidsByRow(randomFrom(seed + 203))
  const optionCombos: OptionCombo[] = ['default', 'F, 0-4', 'F, 5+', 'M, "all"'].map((name, at) => ({
    id: at === 0 ? defaultCombo.id : comboId(at),
    name,
    hash: mix(seed + 3, at),
  }))
  const dataSets = new Map<string, DataSet>()
  const dataSetOf = (type: string, level: number | undefined) => {
    const key = `${type} ${level ?? ''}`
    const found = dataSets.get(key) ?? {
      id: setId(dataSets.size),
      name: `${type} report${level === undefined ? '' : ` of level ${level}`}`,
      periodType: type,
      level,
    }
    dataSets.set(key, found)
    return found
  }
  const dataElements = Array.from({ length: count }, (_, at): DataElement => {
    const [aggregationType, type, more = {}] = classes[at] ?? (['SUM', 'Monthly', { isPlain: true }] as const)
    return {
      id: idOf(at),
      name: `${aggregationType} ${type.toLowerCase()} ${at}`,
      aggregationType,
      valueType: more.valueType ?? 'INTEGER',
      dataSet: dataSetOf(type, more.level),
      periodType: periodType(type),
      optionCombos: more.isPlain ? optionCombos.slice(0, 1) : optionCombos.slice(1),
      hash: mix(seed + 11, at),
    }
  })
  const groupId = uidsByRow(randomFrom(seed + 204))
  return {
    dataElements,
    dataSets: [...dataSets.values()],
    optionCombos,
    groups: [
      { id: groupId(0), name: 'The first', members: dataElements.slice(0, 4) },
      { id: groupId(1), name: 'Every third', members: dataElements.filter((_, at) => at % 3 === 0) },
    ],
  }
}
