import type { FrozenData, FrozenPeriod } from './frozen-question.ts'

/** How the periods of a class may be cut. */
export type PeriodRule = 'any' | 'sameYears' | 'one' | 'whole'

/** Data items that may share requests, and how these may be cut. */
export interface DataClass {
  readonly name: string
  readonly why: string
  readonly periods: PeriodRule
  /** Whether nothing of it is ever cut. */
  readonly isWhole: boolean
  /** Whether the server holds periods × org units of it in memory, whatever the data. */
  readonly isComputed: boolean
  /** Items in a request at most. */
  readonly most: number
}

const perCell = [
  'SUM',
  'COUNT',
  'MIN',
  'MAX',
  'STDDEV',
  'VARIANCE',
  'AVERAGE',
  'LAST_IN_PERIOD',
  'LAST_IN_PERIOD_AVERAGE_ORG_UNIT',
  'MIN_SUM_ORG_UNIT',
  'MAX_SUM_ORG_UNIT',
]

const byYears = ['LAST', 'LAST_AVERAGE_ORG_UNIT', 'FIRST', 'FIRST_AVERAGE_ORG_UNIT']

const unstable = ['LAST_LAST_ORG_UNIT', 'FIRST_FIRST_ORG_UNIT']

const sameYearsWhy =
  'a value is looked for among those of all calendar years of a request, so that each piece touches the same years as the whole'

const free = { periods: 'any', isWhole: false, isComputed: false, most: Infinity } as const
const whole = { periods: 'whole', isWhole: true, isComputed: false, most: Infinity } as const

/** Items of an indicator's kind in one request, which the server computes in memory. */
const mostComputed = 25

/** The class of a data item among periods. */
export function classOf(item: FrozenData, periods: readonly FrozenPeriod[]): DataClass {
  switch (item.kind) {
    case 'dataElement':
      return ofElements('data elements', item, periods)
    case 'operand':
      return ofElements('operands', item, periods)
    case 'indicator':
      return ofFormulas('indicators', item)
    case 'expression':
      return ofFormulas('expression items', item)
    case 'reportingRate':
      return { ...free, name: 'reporting rates', why: 'each cell is counted on its own' }
    case 'programIndicator':
      return { ...free, name: 'program indicators', why: 'each cell is computed on its own' }
    case 'programData':
      return { ...free, name: 'program data', why: 'each cell is aggregated on its own' }
    case 'other':
      return {
        ...free,
        name: 'other data items',
        periods: 'whole',
        most: 1,
        why: 'alone, and never cut by period: nobody knows what they are, and this is right for all that is known',
      }
  }
}

function ofElements(what: string, item: FrozenData, periods: readonly FrozenPeriod[]): DataClass {
  const { aggregation = 'NONE', isText = false, periodTypes } = item
  if (isText || aggregation === 'NONE') {
    return {
      ...whole,
      name: `${what}, not aggregated`,
      why: 'kept whole, and unstable whatever you do: text is not aggregated, and rows of one key overwrite each other',
    }
  }
  const name = `${what}, ${aggregation}`
  if (byYears.includes(aggregation)) {
    return { ...free, name, periods: 'sameYears', why: sameYearsWhy }
  }
  if (aggregation === 'AVERAGE_SUM_ORG_UNIT') {
    const why = 'one period a piece: the days of the first period of a request divide all of them'
    return { ...free, name, periods: 'one', why }
  }
  if (aggregation === 'AVERAGE' && hasTwoYears(periods) && (periodTypes ?? ['Yearly']).includes('Yearly')) {
    return {
      ...whole,
      name: `${name} of yearly data onto financial years`,
      why: 'kept whole, and unstable whatever you do: the server weights two years in no order',
    }
  }
  if (perCell.includes(aggregation)) {
    return { ...free, name, why: 'each cell is aggregated on its own' }
  }
  const why = unstable.includes(aggregation)
    ? 'kept whole, and unstable whatever you do: the server decides ties between org units anew each time'
    : 'kept whole: nobody knows how these may be cut'
  return { ...whole, name, why }
}

function ofFormulas(what: string, { id, hasLast = false, addsYears = false }: FrozenData): DataClass {
  const computed = { ...free, isComputed: true, most: mostComputed }
  if (!hasLast) return { ...computed, name: what, why: 'each cell is computed on its own' }
  const name = `${what} over LAST or FIRST`
  if (!addsYears) return { ...computed, name, periods: 'sameYears', why: sameYearsWhy }
  return {
    ...computed,
    name: `${name} with an offset, ${id}`,
    periods: 'whole',
    why: `alone, and never cut by period: it adds years of its own, and ${sameYearsWhy}`,
  }
}

/** Whether there is a period such as a financial year, which has parts of two calendar years. */
function hasTwoYears(periods: readonly FrozenPeriod[]): boolean {
  return periods.some(({ id }) => /^\d{4}(Feb|April|July|Aug|Sep|Oct|Nov)$/.test(id))
}
