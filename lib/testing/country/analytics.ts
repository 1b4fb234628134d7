import { generalRefusal, type Refusal } from '../query-checks.ts'
import { header, type TableHeader } from '../table.ts'
import { type Coordinates, cellsOf } from './cells.ts'
import { answeredItems } from './dx-axis.ts'
import { type Frozen, freeze } from './freeze.ts'
import { metaDataOf } from './meta-data.ts'
import type { Model } from './model.ts'
import { isRefusal, type Params, type Question, questionOf } from './question.ts'

/** An answer before it has a format. */
export interface Answer {
  readonly headers: readonly TableHeader[]
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
  const names = columnsOf(question)
  return {
    headers: [
      ...names.map((name) => header(name, labels[name] ?? name)),
      header('value', 'Value', 'NUMBER', false),
    ],
    metaData: question.query.get('skipMeta') === 'true' ? {} : metaData,
    rows: { [Symbol.iterator]: () => rowsOf(frozen, names, model) },
  }
}

/** The dimensions in the order they were asked for, but for `co`, which stands behind `dx`. */
function columnsOf({ dimensions }: Question): string[] {
  const names = dimensions.map(({ name }) => name).filter((name) => name !== 'co')
  if (dimensions.some(({ name }) => name === 'co')) names.splice(names.indexOf('dx') + 1, 0, 'co')
  return names
}

function* rowsOf(frozen: Frozen, names: readonly string[], model: Model): Generator<readonly string[]> {
  const { question, ou, periods, combos } = frozen
  const items = answeredItems(frozen.items!, model)
  const [peAt, ouAt] = ['pe', 'ou'].map((name) =>
    question.dimensions.findIndex((axis) => axis.name === name),
  ) as [number, number]
  const { textOf } = cellsOf(model, {
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
  for (const item of turned(items, model)) {
    for (const places of allPlaces) {
      for (const some of allPeriods) {
        for (const combo of combos ?? [undefined]) {
          const at: Coordinates = { periods: some, places, combo }
          const text = textOf(item, at)
          if (text === undefined) continue
          const cell: Readonly<Record<string, string>> = {
            dx: item.id,
            pe: some[0]!.id,
            ou: places[0]!.id,
            co: combo?.id ?? '',
          }
          yield [...names.map((name) => cell[name]!), text]
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
