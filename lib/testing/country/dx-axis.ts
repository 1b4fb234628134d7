import type { DataElement, DataSet, OptionCombo } from './elements.ts'
import type { Indicator } from './indicators.ts'
import type { Model } from './model.ts'
import type { Event, Program } from './program.ts'

/** One of `dx`, and what it is. */
export type DataItem =
  | {
      readonly kind: 'element'
      readonly id: string
      readonly name: string
      readonly element: DataElement
      /** Undefined for the total. */
      readonly combos: readonly OptionCombo[] | undefined
    }
  | { readonly kind: 'indicator'; readonly id: string; readonly name: string; readonly indicator: Indicator }
  | {
      readonly kind: 'rate'
      readonly id: string
      readonly name: string
      readonly dataSet: DataSet
      readonly metric: string
    }
  | {
      /** A number made of events: a program indicator, a data element of a program, one of its options. */
      readonly kind: 'program'
      readonly id: string
      readonly name: string
      readonly aggregationType: string
      readonly numberOf: (event: Event) => number | undefined
    }

const metrics = [
  'REPORTING_RATE',
  'REPORTING_RATE_ON_TIME',
  'ACTUAL_REPORTS',
  'ACTUAL_REPORTS_ON_TIME',
  'EXPECTED_REPORTS',
]

/** The items of `dx` with groups expanded, in their order, repeats among them. What nobody knows is dropped without a word. */
export function dxAxis(items: readonly string[], model: Model): DataItem[] {
  return items.flatMap((item) => itemsOf(item, model))
}

function itemsOf(item: string, model: Model): DataItem[] {
  const { elements, indicators } = model
  const [kind, group] = item.split('-')
  if (kind === 'DE_GROUP') {
    return elements.groups.find(({ id }) => id === group)?.members.map((element) => total(element)) ?? []
  }
  if (kind === 'IN_GROUP') {
    return indicators.groups.find(({ id }) => id === group)?.members.map((each) => ofIndicator(each)) ?? []
  }
  const [id = '', second, third] = item.split('.')
  if (id === model.program.id) return ofProgram(item, model.program)
  const programIndicator = model.program.indicators.find((each) => each.id === item)
  if (programIndicator) return [{ kind: 'program', ...programIndicator }]
  const element = model.byId.elements.get(id)
  if (element) {
    if (second === undefined) return [total(element)]
    const isOfDefault = third === undefined || third === '*' || third === elements.optionCombos[0]!.id
    if (!isOfDefault) return []
    if (second === '*') return third === undefined ? [total(element)] : [{ ...total(element), id: item }]
    const combo = elements.optionCombos.find((each) => each.id === second)
    return combo ? [operand(element, combo, third)] : []
  }
  const indicator = model.byId.indicators.get(id)
  if (indicator && second === undefined) return [ofIndicator(indicator)]
  const dataSet = elements.dataSets.find((each) => each.id === id)
  if (dataSet && second !== undefined && metrics.includes(second)) {
    const name = `${dataSet.name} - ${second.toLowerCase().replaceAll('_', ' ')}`
    return [{ kind: 'rate', id: item, name, dataSet, metric: second }]
  }
  return []
}

function ofProgram(item: string, { weight, outcome, options }: Program): DataItem[] {
  const [, element, option] = item.split('.')
  const common = { kind: 'program', id: item } as const
  if (element === weight && option === undefined) {
    return [{ ...common, name: 'Weight', aggregationType: 'AVERAGE', numberOf: (event) => event.weight }]
  }
  const found = element === outcome && options.find(({ id }) => id === option)
  if (!found) return []
  const numberOf = (event: Event) => (event.outcome === found ? 1 : undefined)
  return [{ ...common, name: found.name, aggregationType: 'COUNT', numberOf }]
}

function total(element: DataElement): DataItem & { kind: 'element' } {
  return { kind: 'element', id: element.id, name: element.name, element, combos: undefined }
}

function operand(element: DataElement, combo: OptionCombo, third?: string): DataItem {
  const id = [element.id, combo.id, ...(third === undefined ? [] : [third])].join('.')
  return { kind: 'element', id, name: `${element.name} ${combo.name}`, element, combos: [combo] }
}

function ofIndicator(indicator: Indicator): DataItem {
  return { kind: 'indicator', id: indicator.id, name: indicator.name, indicator }
}

/**
 * What is answered: data elements once each; of operands every combination of what stands in front of the dot and what
 * stands behind it, asked for or not; indicators as often as they were named.
 */
export function answeredItems(items: readonly DataItem[], model: Model): DataItem[] {
  const isOperand = (item: DataItem) => item.kind === 'element' && item.id.includes('.')
  const plain = items.filter((item) => !isOperand(item))
  const crossed = [2, 3].flatMap((length) => {
    const parts = items
      .filter(isOperand)
      .map(({ id }) => id.split('.'))
      .filter((some) => some.length === length)
    const at = (n: number) => [...new Set(parts.map((some) => some[n]!))]
    const combos = at(1).flatMap((second) => at(0).map((first) => [first, second]))
    const all = length === 2 ? combos : combos.flatMap((some) => at(2).map((third) => [...some, third]))
    return all.flatMap((some) => itemsOf(some.join('.'), model))
  })
  const once = new Set<string>()
  return [...plain, ...crossed].filter(({ kind, id }) => {
    if (kind === 'element' && once.has(id)) return false
    once.add(id)
    return true
  })
}
