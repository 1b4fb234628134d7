import { dayOf, type Period, textOfDay } from '../calendar.ts'
import { conflict, type Refusal } from '../query-checks.ts'
import { textOfTime } from './clock.ts'
import { type DataItem, dxAxis } from './dx-axis.ts'
import type { OptionCombo } from './elements.ts'
import type { Model } from './model.ts'
import { type OuAxis, ouAxis } from './ou-axis.ts'
import { peAxis } from './pe-axis.ts'
import { axisOf, isFilter, isRefusal, noDimensions, type Question } from './question.ts'

/** A question whose axes are lists of what they stand for. */
export interface Frozen {
  readonly question: Question
  /** As `dx` named them, repeats among them; undefined where it was not asked for. */
  readonly items: readonly DataItem[] | undefined
  readonly periods: readonly Period[]
  readonly ou: OuAxis
  /** `co`, where it was asked for. */
  readonly combos: readonly OptionCombo[] | undefined
}

/** The server's own day, or the one that relative periods are to be counted from. */
export function todayOf({ query }: Question, { clock }: Model): string {
  return query.get('relativePeriodDate') ?? textOfTime(clock.now).slice(0, 10)
}

/** The question with its axes as lists, or why it is refused. */
export function freeze(question: Question, model: Model): Frozen | Refusal {
  const { query, dimensions } = question
  if (dimensions.length === 0) return noDimensions
  const dx = axisOf(question, 'dx')
  const items = dx && dxAxis(dx.items ?? [], model)
  if (items?.length === 0) {
    return conflict('E7124', 'Dimension is present in query without any valid dimension options: `dx`')
  }
  if (!items && query.get('skipData') !== 'true') {
    return conflict('E7102', 'At least one data element, indicator or report rate must be specified')
  }
  const pe = axisOf(question, 'pe')
  const periods = pe ? peAxis(pe.items ?? [], todayOf(question, model)) : daysBetween(query)
  if (isRefusal(periods)) return periods
  if (periods.length === 0) {
    return conflict('E7146', 'A end date was not specified in periods, dimensions, filters')
  }
  const hasOffset = items?.some(
    (item) =>
      item.kind === 'indicator' &&
      Object.values(item.indicator.formulas).some(({ operands }) =>
        operands.some(({ offset }) => offset !== 0),
      ),
  )
  if (hasOffset && isFilter(question, 'pe')) {
    return conflict('E7152', 'A period offset can not be used with periods as filter')
  }
  const asked = axisOf(question, 'ou')
  const user = query
    .get('userOrgUnit')
    ?.split(';')
    .flatMap((id) => model.places.byId.get(id) ?? [])
  const top = model.places.all.slice(0, 1)
  const ou = asked ? ouAxis(asked.items ?? [], model.places, user ?? top) : { places: top, named: [] }
  if (ou.places.length === 0) {
    return conflict('E7143', 'Organisation unit or organisation unit level is not valid')
  }
  const co = axisOf(question, 'co')
  const { optionCombos } = model.elements
  const combos = co && optionCombos.filter(({ id }) => co.items?.includes(id) ?? true)
  return { question, items, periods, ou, combos }
}

/** `startDate` and `endDate`, where there are no periods. */
function daysBetween(query: URLSearchParams): Period[] {
  const [from, to] = [query.get('startDate'), query.get('endDate')]
  if (from === null || to === null) return []
  const type = {
    name: 'Days',
    days: dayOf(to) - dayOf(from) + 1,
    idOf: textOfDay,
    first: Number,
    last: Number,
    indexOf: Number,
    yearOf: Number,
  }
  return [{ id: `${from}_${to}`, type, index: dayOf(from), first: dayOf(from), last: dayOf(to) }]
}
