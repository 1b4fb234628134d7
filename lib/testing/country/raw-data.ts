import { textOfDay } from '../calendar.ts'
import { generalRefusal, type Refusal } from '../query-checks.ts'
import { header } from '../table.ts'
import type { Answer } from './analytics.ts'
import { type Frozen, freeze } from './freeze.ts'
import { metaDataOf } from './meta-data.ts'
import type { Model } from './model.ts'
import { javaDouble } from './numbers.ts'
import { isRefusal, type Params, questionOf } from './question.ts'
import type { TableState } from './tables.ts'

/** `/api/analytics/rawData`: each value of some data elements below some org units, with its own period and org unit. */
export function rawDataOf(params: Params, model: Model): Answer | Refusal {
  const question = questionOf(params)
  const frozen = generalRefusal(question.query) ?? freeze(question, model)
  if (isRefusal(frozen)) return frozen
  const state = model.tables.stateFor(`rawData ${question.query}`)
  const { items, dimensions, ...others } = metaDataOf(frozen, model) as Record<string, object>
  const metaData = { items: { ...items, pe: {} }, dimensions: { ...dimensions, pe: [] }, ...others }
  const { column: _, ...pe } = header('pe', '')
  return {
    headers: [
      header('dx', 'Data'),
      header('ou', 'Organisation unit'),
      pe,
      header('pestartdate', 'Period start date', 'DATETIME', false),
      header('peenddate', 'Period end date', 'DATETIME', false),
      header('value', 'Value', 'NUMBER', false),
    ],
    metaData: question.query.get('skipMeta') === 'true' ? {} : metaData,
    rows: { [Symbol.iterator]: () => rowsOf(frozen, state, model) },
  }
}

/** Of the periods of the data, those are taken that lie within the span from the first of `pe` to the last. */
function* rowsOf(
  { items = [], periods, ou }: Frozen,
  state: TableState,
  { values }: Model,
): Generator<readonly string[]> {
  if (state.isEmpty) return
  const inTables = values.inTables(state)
  const start = periods.reduce((first, period) => Math.min(first, period.first), Number.POSITIVE_INFINITY)
  const end = periods.reduce((last, period) => Math.max(last, period.last), Number.NEGATIVE_INFINITY)
  const elements = new Set(items.flatMap((item) => (item.kind === 'element' ? [item.element] : [])))
  for (const element of elements) {
    const { periodType, dataSet, optionCombos } = element
    const [first, last] = values.spanOf(element)
    const { sources, read } = inTables(dataSet, ou.places)
    for (const place of sources) {
      for (let period = Math.max(first, periodType.indexOf(start)); period <= last; period++) {
        const [from, to] = [periodType.first(period), periodType.last(period)]
        if (from < start) continue
        if (to > end) break
        for (const combo of optionCombos) {
          const raw = read(element, combo, period, place)
          if (raw === undefined) continue
          const text = typeof raw === 'number' ? javaDouble(raw) : raw
          yield [element.id, place.id, periodType.idOf(period), textOfDay(from), textOfDay(to), text]
        }
      }
    }
  }
}
