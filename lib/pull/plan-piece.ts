import type { Pair } from '../query/dimension-text.ts'
import { crossedOperands } from '../query/operands.ts'
import { searchOf } from '../query/query.ts'
import type { FrozenQuestion } from './frozen-question.ts'
import type { Piece, PieceId } from './piece.ts'
import type { Axis } from './plan-axis.ts'
import type { Box } from './plan-box.ts'
import type { Group } from './plan-group.ts'

/** Servers read `dx`, `pe` and `ou` in this order; in another, indicators with an offset are wrong. */
const order = ['dx', 'pe', 'ou']

/** What one request of a plan asks for, and what is to come. */
export function pieceOf(question: FrozenQuestion, group: Group, box: Box, id: PieceId): Piece {
  const itemsOf = (axis: Axis) => {
    const { from, to } = box[group.axes.indexOf(axis)]!
    return axis.items(from, to)
  }
  const dimensions = group.axes.filter(({ name }) => name !== 'days')
  const pairs = [
    ...inOrder(dimensions).map((axis): Pair => {
      const { from, to } = box[group.axes.indexOf(axis)]!
      return ['dimension', `${axis.name}:${axis.text(from, to)}`]
    }),
    ...question.shared,
  ]
  const window = group.axes.find(({ name }) => name === 'days')
  const [from = '', to = ''] = window ? itemsOf(window) : []
  const periods = group.axes.find(({ name }) => name === 'pe')
  const crossed = group.extra === 'crossedOperands' ? crossedOperands(question.endpoint, pairs) : undefined
  const onlyThese =
    group.extra === 'otherPeriods' && periods ? inColumn('pe', new Set(itemsOf(periods))) : undefined
  const isWanted = crossed ? inColumn('dx', { has: crossed.isAsked }) : onlyThese
  const isLevel = group.hasCovers && pairs.some(([, value]) => value.startsWith('ou:LEVEL-'))
  return {
    id,
    group: group.name,
    endpoint: question.endpoint,
    pairs: window && group.days ? [...pairs, ...daysAsked(group.days.by, from, to)] : pairs,
    cells: cellsOf(group, box, crossed ? combinations(dimensions, itemsOf) : 1),
    covers: group.hasCovers
      ? Object.fromEntries(inOrder(dimensions).map((axis) => [axis.name, itemsOf(axis)]))
      : undefined,
    ...(window && group.days && { days: { column: group.days.column, from, to } }),
    isList: group.isList,
    ...(isWanted && { isWanted }),
    ...(isLevel && { amongPaths: question.orgUnits!.paths }),
  }
}

/** The bytes of a URL's path and query, without what says the ranges of the axes. */
export function fixedBytes(question: FrozenQuestion, group: Group): number {
  const empty: Pair[] = group.axes.flatMap(({ name }): Pair[] =>
    name === 'days' ? daysAsked(group.days!.by, '2000-01-01', '2000-01-01') : [['dimension', `${name}:`]],
  )
  const paging: Pair[] = group.isList
    ? [
        ['paging', 'true'],
        ['totalPages', 'false'],
        ['pageSize', '100000'],
        ['page', '100000'],
      ]
    : []
  return question.endpoint.length + 1 + searchOf([...empty, ...question.shared, ...paging]).length
}

function daysAsked(by: string, from: string, to: string): Pair[] {
  if (by !== 'startDate') return [[by, `${from}_${to}`]]
  return [
    ['startDate', from],
    ['endDate', to],
  ]
}

export function inOrder(axes: readonly Axis[]): Axis[] {
  const rank = ({ name }: Axis) => (order.includes(name) ? order.indexOf(name) : order.length)
  return axes.toSorted((a, b) => rank(a) - rank(b))
}

/** Rows of a box at most. */
export function cellsOf({ axes, rowsEach }: Group, box: Box, factor = 1): number | undefined {
  if (rowsEach === undefined) return undefined
  return axes.reduce(
    (cells, axis, at) => cells * axis.itemCount(box[at]!.from, box[at]!.to),
    rowsEach * factor,
  )
}

/** How many times as many operands the server gives as were asked for. */
function combinations(axes: readonly Axis[], itemsOf: (axis: Axis) => readonly string[]): number {
  const asked = itemsOf(axes.find(({ name }) => name === 'dx')!)
  const parts = asked.map((id) => id.split('.'))
  const product = [0, 1, 2].reduce((all, at) => all * (new Set(parts.map((each) => each[at])).size || 1), 1)
  return product / asked.length
}

function inColumn(name: string, known: { has(id: string): boolean }): NonNullable<Piece['isWanted']> {
  return (headers) => {
    const at = headers.indexOf(name)
    return (row) => known.has(String(row[at]))
  }
}
