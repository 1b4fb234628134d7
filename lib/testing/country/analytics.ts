import { conflict, generalRefusal, type Refusal } from '../query-checks.ts'
import { header, type TableHeader } from '../table.ts'
import { cellsOf } from './cells.ts'
import { answeredItems, type DataItem } from './dx-axis.ts'
import { type Frozen, freeze } from './freeze.ts'
import { metaDataOf } from './meta-data.ts'
import type { Model } from './model.ts'
import { isRefusal, type Params, type Question, questionOf } from './question.ts'
import type { TableState } from './tables.ts'

/** An answer before it has a format. */
export interface Answer {
  /** Those of raw data have one without a label. */
  readonly headers: readonly (Omit<TableHeader, 'column'> & { readonly column?: string })[]
  readonly metaData: Readonly<Record<string, unknown>>
  /** Made as they are read, anew each time. */
  readonly rows: Iterable<readonly string[]>
}

const labels: Readonly<Record<string, string>> = {
  dx: 'Data',
  co: 'Category option combo',
  pe: 'Period',
  ou: 'Organisation unit',
}

/** `/api/analytics`: the answer, or why there is none. */
export function analyticsOf(params: Params, model: Model): Answer | Refusal {
  const question = questionOf(params)
  const frozen = generalRefusal(question.query) ?? freeze(question, model)
  if (isRefusal(frozen)) return frozen
  const metaData = metaDataOf(frozen, model)
  if (question.query.get('skipData') === 'true') return { headers: [], metaData, rows: [] }
  const state = model.tables.stateFor(question.query.toString())
  const names = columnsOf(question)
  const items = answeredItems(frozen.items!, model)
  const sound = items.filter(({ id }) => !model.limits.bad[id])
  if (
    sound.length < items.length &&
    (sound.length === 0 || items.some(({ id }) => model.limits.bad[id] === 'fails'))
  ) {
    return conflict('E7145', 'Query failed because of a syntax error (SqlState: 42601)')
  }
  const asked: AskedOf = { frozen, items: sound, names, state }
  return (
    tooMany(asked, model) ?? {
      headers: [
        ...names.map((name) => header(name, labels[name] ?? name)),
        header('value', 'Value', 'NUMBER', false),
      ],
      metaData: question.query.get('skipMeta') === 'true' ? {} : metaData,
      rows: { [Symbol.iterator]: () => rowsOf(asked, model) },
    }
  )
}

interface AskedOf {
  readonly frozen: Frozen
  readonly items: readonly DataItem[]
  readonly names: readonly string[]
  readonly state: TableState
}

/** E7128, where one of the internal queries has too many rows: there is one for each class of data. */
function tooMany(asked: AskedOf, model: Model): Refusal | undefined {
  const { maxRows } = model.limits
  if (maxRows === Number.POSITIVE_INFINITY || asked.frozen.question.query.get('ignoreLimit') === 'true')
    return undefined
  const classes = new Map<string, DataItem[]>()
  for (const item of asked.items) classes.set(classOf(item), [...(classes.get(classOf(item)) ?? []), item])
  for (const items of classes.values()) {
    let count = 0
    for (const _ of rowsOf({ ...asked, items }, model)) {
      if (++count > maxRows) return conflict('E7128', `Query result set exceeded max limit: ${maxRows}`)
    }
  }
  return undefined
}

function classOf(item: DataItem): string {
  return item.kind === 'element'
    ? `${item.element.aggregationType} ${item.element.periodType.name}`
    : item.kind
}

/** The dimensions in the order they were asked for, but for `co`, which stands behind `dx`. */
function columnsOf({ dimensions }: Question): string[] {
  const names = dimensions.map(({ name }) => name).filter((name) => name !== 'co')
  if (dimensions.some(({ name }) => name === 'co')) names.splice(names.indexOf('dx') + 1, 0, 'co')
  return names
}

function* rowsOf({ frozen, items, names, state }: AskedOf, model: Model): Generator<readonly string[]> {
  const { question, ou, periods, combos } = frozen
  const [peAt, ouAt] = ['pe', 'ou'].map((name) =>
    question.dimensions.findIndex((axis) => axis.name === name),
  ) as [number, number]
  const { along } = cellsOf(model, state, {
    items,
    periods,
    aggregationType: question.query.get('aggregationType') ?? undefined,
    skipsRounding: question.query.get('skipRounding') === 'true',
    isOutOfOrder: peAt > ouAt && ouAt !== -1,
  })
  const across = <T>(name: string, all: readonly T[]) =>
    names.includes(name) ? all.map((one) => [one]) : [all]
  const allPlaces = across('ou', turned(ou.places, model))
  const allPeriods = across('pe', turned(periods, model))
  const width = names.length
  const [dxColumn, coColumn, peColumn, ouColumn] = ['dx', 'co', 'pe', 'ou'].map((name) => names.indexOf(name))
  for (const item of turned(items, model)) {
    for (const places of allPlaces) {
      for (const combo of combos ?? [undefined]) {
        const textOf = along(item, places, combo)
        if (textOf === undefined) continue
        for (const some of allPeriods) {
          const text = textOf(some)
          if (text === undefined) continue
          const row: string[] = new Array(width)
          if (dxColumn !== -1) row[dxColumn!] = item.id
          if (coColumn !== -1) row[coColumn!] = combo!.id
          if (peColumn !== -1) row[peColumn!] = some[0]!.id
          if (ouColumn !== -1) row[ouColumn!] = places[0]!.id
          row.push(text)
          yield row
        }
      }
    }
  }
}

/** From another one on for every asking: rows are in no order that a client could rely on. */
function turned<T>(list: readonly T[], model: Model): readonly T[] {
  const start = model.chance() % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
