import { isoPeriod } from '../periods/iso-period.ts'
import type { FrozenData, FrozenQuestion } from './frozen-question.ts'
import { grouped } from './grouped.ts'
import { type Axis, listAxis, wholeAxis } from './plan-axis.ts'
import { classOf, type DataClass, type PeriodRule } from './plan-data.ts'
import type { Group } from './plan-group.ts'
import { listGroups } from './plan-lists.ts'
import { orgUnitAxis } from './plan-org-units.ts'
import { periodAxis, sameYearsAxis, uncrossedAxis } from './plan-periods.ts'

/** Periods × org units of a request for indicators at most, which the server holds in its heap. */
const mostPlaces = 100_000

/** What a question is asked in: one group for each class of its data. */
export function groupsOf(question: FrozenQuestion): Group[] {
  switch (question.kind) {
    case 'aggregate':
      return question.data ? classGroups(question, question.data) : [filteredGroup(question)]
    case 'rawData':
      return [rawGroup(question)]
    case 'eventsAggregate':
      return [plainGroup(question, 'events, counted')]
    case 'enrollmentsAggregate':
      return enrollmentGroups(question)
    default:
      return listGroups(question)
  }
}

function classGroups(question: FrozenQuestion, data: readonly FrozenData[]): Group[] {
  const classes = new Map<string, { of: DataClass; ids: string[] }>()
  for (const item of data) {
    const of = classOf(item, question.periods ?? [])
    // Of several data elements the server gives all combinations of their options: those of one set share requests.
    const key = `${of.name}\n${item.since ?? ''}\n${item.kind === 'operand' && !of.isWhole ? optionsOf(item, data) : ''}`
    const known = classes.get(key)
    if (known) known.ids.push(item.id)
    else classes.set(key, { of, ids: [item.id] })
  }
  // Of tens of thousands of org units, and the same for all.
  const shared = [otherAxes(question), orgUnitAxes(question)] as const
  return [...classes.values()].map(({ of, ids }) => classGroup(question, of, ids, shared))
}

const optionSets = new WeakMap<readonly FrozenData[], Map<string, string>>()

/** All options that a question has of the data element of an operand. */
function optionsOf({ id }: FrozenData, data: readonly FrozenData[]): string {
  let sets = optionSets.get(data)
  if (!sets) {
    const lists = new Map<string, string[]>()
    for (const each of data) {
      if (each.kind !== 'operand') continue
      const element = elementOf(each.id)
      const options = lists.get(element) ?? []
      options.push(each.id.slice(element.length))
      lists.set(element, options)
    }
    sets = new Map([...lists].map(([element, options]) => [element, options.toSorted().join(' ')]))
    optionSets.set(data, sets)
  }
  return sets.get(elementOf(id))!
}

function elementOf(operand: string): string {
  return operand.slice(0, operand.indexOf('.'))
}

function classGroup(
  question: FrozenQuestion,
  of: DataClass,
  given: readonly string[],
  [others, orgUnits]: readonly [Axis[], Axis[]],
): Group {
  const isCrossed = of.name.startsWith('operands')
  const ids = isCrossed ? given.toSorted() : given
  const dx = listAxis({
    name: 'dx',
    bundles: ids.map((id) => [id]),
    most: of.most,
    rank: (at) => (isCrossed && elementOf(ids[at]!) === elementOf(ids[at - 1]!) ? 1 : 0),
  })
  const axes = [dx, ...others, ...periodAxes(question, of.periods), ...orgUnits]
  return {
    name: of.name,
    why: of.why,
    isWhole: of.isWhole,
    axes: of.isWhole ? axes.map(wholeAxis) : axes,
    mostPlaces: of.isComputed ? mostPlaces : Infinity,
    rowsEach: question.rowsEach,
    hasCovers: true,
    isList: false,
    extra: isCrossed ? 'crossedOperands' : undefined,
  }
}

/** Data that is added up, or has no `dx`: what must not be cut of one of its items must not be cut at all. */
function filteredGroup(question: FrozenQuestion): Group {
  const { filteredData = [], periods = [] } = question
  const classes = filteredData.map((item) => classOf(item, periods))
  const rules = new Set(classes.map((each) => each.periods))
  const hasLast = rules.has('sameYears') || rules.has('whole')
  const addsYears = filteredData.some((item) => item.addsYears)
  const isMixed = rules.has('whole') || (hasLast && (rules.has('one') || addsYears))
  const rule = isMixed ? 'whole' : (['sameYears', 'one'] as const).find((each) => rules.has(each))
  const plain = plainGroup(question, 'data')
  const axes = plain.axes.map((axis) => (axis.name === 'pe' ? periodAxes(question, rule ?? 'any')[0]! : axis))
  const isWhole = classes.some((each) => each.isWhole)
  return {
    ...plain,
    isWhole,
    why: rule ? 'what is added up is cut as the strictest of its parts' : plain.why,
    axes: isWhole ? axes.map(wholeAxis) : axes,
    mostPlaces: classes.some(({ isComputed }) => isComputed) ? mostPlaces : Infinity,
  }
}

function periodAxes({ periods }: FrozenQuestion, rule: PeriodRule): Axis[] {
  if (!periods) return []
  switch (rule) {
    case 'any':
      return [periodAxis(periods)]
    case 'one':
      return [periodAxis(periods, 1)]
    case 'sameYears':
      return [sameYearsAxis(periods)]
    case 'whole':
      return [wholeAxis(periodAxis(periods))]
  }
}

function plainGroup(question: FrozenQuestion, name: string): Group {
  const { periods, rowsEach } = question
  return {
    name,
    why: 'each cell is aggregated on its own',
    axes: [...otherAxes(question), ...(periods ? [periodAxis(periods)] : []), ...orgUnitAxes(question)],
    mostPlaces: Infinity,
    rowsEach,
    hasCovers: true,
    isList: false,
    isWhole: false,
  }
}

/** Periods of several kinds in one request are one span, and give rows of all kinds for all of it. */
function enrollmentGroups(question: FrozenQuestion): Group[] {
  const { periods } = question
  if (!periods) return [plainGroup(question, 'enrollments, counted')]
  const types = grouped(periods, ({ id }) => isoPeriod(id)?.type)
  return [...types.values()].map((alike) => ({
    ...plainGroup({ ...question, periods: alike }, 'enrollments, counted'),
    why: 'periods of one kind a piece: the server makes one span of all, and rows of others in it are dropped',
    extra: 'otherPeriods',
  }))
}

function rawGroup(question: FrozenQuestion): Group {
  const { data, periods, dataPeriodTypes } = question
  const bundles = (data ?? []).map(({ id }) => [id])
  return {
    name: 'raw data',
    why: dataPeriodTypes
      ? `cut where no period of the data crosses the cut (${dataPeriodTypes.join(', ')})`
      : 'never cut by period: nobody knows what periods its data are collected for',
    axes: [
      ...(data ? [listAxis({ name: 'dx', bundles })] : []),
      ...(periods ? [uncrossedAxis(periods, dataPeriodTypes)] : []),
      ...orgUnitAxes(question),
    ],
    mostPlaces: Infinity,
    rowsEach: undefined,
    hasCovers: false,
    isList: false,
    isWhole: false,
  }
}

function otherAxes({ others = [] }: FrozenQuestion): Axis[] {
  return others.map(({ name, items }) => listAxis({ name, bundles: items.map((item) => [item]) }))
}

function orgUnitAxes({ orgUnits }: FrozenQuestion): Axis[] {
  return orgUnits ? [orgUnitAxis(orgUnits)] : []
}
