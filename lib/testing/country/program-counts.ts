import { type Period, periodAt } from '../calendar.ts'
import { conflict, generalRefusal, type Refusal } from '../query-checks.ts'
import { header, type TableHeader } from '../table.ts'
import type { Answer } from './analytics.ts'
import { freeze } from './freeze.ts'
import { hashOfText } from './hash.ts'
import { metaDataOf } from './meta-data.ts'
import type { Model } from './model.ts'
import { javaDouble, rounded } from './numbers.ts'
import type { Place } from './place.ts'
import { combined, eventsIn, isOnDay, placedIn, placeFilter } from './program-cells.ts'
import { axisOf, isFilter, isRefusal, type Params, type Question, questionOf } from './question.ts'

const value: TableHeader = header('value', 'Value', 'NUMBER', false)
const labels = { pe: 'Period', ou: 'Organisation unit' } as const

/** `/api/analytics/events/aggregate`: events counted, or a number of theirs, by org unit, period and outcome. */
export function eventCountsOf(params: Params, model: Model): Answer | Refusal {
  const { program, tables } = model
  const question = frozenOf(params, model)
  if (isRefusal(question)) return question
  const { query } = question.question
  const type = query.get('value') === program.weight ? (query.get('aggregationType') ?? 'AVERAGE') : 'COUNT'
  if (/^(LAST|FIRST)/.test(type)) {
    if (question.periods.length === 1)
      return conflict('E7145', 'Query failed because of a syntax error (SqlState: 42803)')
    return answer(question, [...question.names, 'value'], [], model)
  }
  const byOutcome = axisOf(question.question, program.outcome) !== undefined
  const events = eventsIn(model, tables.stateFor(`events ${query}`))
  const rows: Record<string, string>[] = []
  for (const places of question.places) {
    const isThere = placeFilter(places)
    const here = events.filter(({ place }) => isThere(place))
    for (const periods of question.spans) {
      const then = here.filter(({ day }) => isOnDay(periods, day))
      for (const option of byOutcome ? program.options : [undefined]) {
        const some = option ? then.filter(({ outcome }) => outcome === option) : then
        const number = combined(
          type,
          some.flatMap(({ weight }) => (type === 'COUNT' ? 1 : (weight ?? []))),
        )
        if (number === undefined) continue
        const text = type === 'COUNT' ? String(number) : javaDouble(rounded(number, false))
        rows.push({
          [program.outcome]: option?.code ?? '',
          pe: periods[0]!.id,
          ou: places[0]!.id,
          value: text,
        })
      }
    }
  }
  // In which order columns come depends on the question, in a way that nobody could tell.
  const names = [...question.names, ...(byOutcome ? [program.outcome] : [])]
  const start = (hashOfText(query.toString()) >>> 1) % names.length
  return answer(question, [...names.slice(start), ...names.slice(0, start), 'value'], rows, model)
}

/**
 * `/api/analytics/enrollments/aggregate`: enrollments counted. Its periods are one span, from the first to the last, and all
 * periods of their kinds in it have a row; those at its ends count no more than is in it.
 */
export function enrollmentCountsOf(params: Params, model: Model): Answer | Refusal {
  const { program, tables } = model
  const question = frozenOf(params, model)
  if (isRefusal(question)) return question
  const all = placedIn(model, tables.stateFor(`enrollments ${question.question.query}`), program.enrollments)
  const first = question.periods.reduce(
    (day, period) => Math.min(day, period.first),
    Number.POSITIVE_INFINITY,
  )
  const last = question.periods.reduce((day, period) => Math.max(day, period.last), Number.NEGATIVE_INFINITY)
  const inSpan = all.filter(({ day }) => day >= first && day <= last)
  const spans = question.names.includes('pe') ? periodsBetween(question.periods, first, last) : [undefined]
  const rows = question.places.flatMap((places) => {
    const isThere = placeFilter(places)
    const here = inSpan.filter(({ place }) => isThere(place))
    return spans.flatMap((period) => {
      const count = period ? here.filter(({ day }) => isOnDay([period], day)).length : here.length
      return count ? [{ value: String(count), ou: places[0]!.id, pe: period?.id ?? '' }] : []
    })
  })
  const pager = { page: 1, pageSize: 50, isLastPage: true }
  const metaData = {
    pager,
    ...question.metaData,
    items: { ...(question.metaData['items'] as object), pe: {} },
  }
  const names = (['ou', 'pe'] as const).filter((name) => question.names.includes(name))
  return answer({ ...question, metaData }, ['value', ...names], rows, model)
}

function periodsBetween(periods: readonly Period[], first: number, last: number): Period[] {
  return [...new Set(periods.map(({ type }) => type))].flatMap((type) => {
    const from = type.indexOf(first)
    return Array.from({ length: type.indexOf(last) - from + 1 }, (_, n) => periodAt(type, from + n))
  })
}

interface Asked {
  readonly question: Question
  readonly periods: readonly Period[]
  /** The items of each axis, or all of them at once where it is a filter. */
  readonly places: readonly (readonly Place[])[]
  readonly spans: readonly (readonly Period[])[]
  readonly names: readonly ('pe' | 'ou')[]
  readonly metaData: Record<string, unknown>
}

function frozenOf(params: Params, model: Model): Asked | Refusal {
  const question = questionOf(params)
  const none = conflict('E7144', 'Query failed because a referenced table does not exist')
  if (model.tables.state.isEmpty) return none
  const frozen =
    generalRefusal(question.query) ?? freeze({ ...question, query: withoutData(question.query) }, model)
  if (isRefusal(frozen)) return frozen
  const { periods, ou } = frozen
  const names = (['pe', 'ou'] as const).filter((name) =>
    question.dimensions.some((axis) => axis.name === name),
  )
  const across = <T>(name: string, all: readonly T[]) =>
    isFilter(question, name) || !names.some((own) => own === name) ? [all] : all.map((one) => [one])
  const { co: _, ...dimensions } = metaDataOf(frozen, model)['dimensions'] as Record<string, unknown>
  const metaData = { ...metaDataOf(frozen, model), dimensions }
  return { question, periods, places: across('ou', ou.places), spans: across('pe', periods), names, metaData }
}

/** Events need no data items. */
function withoutData(query: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams(query)
  copy.set('skipData', 'true')
  return copy
}

function answer(
  { metaData, question }: Asked,
  names: readonly string[],
  rows: readonly Readonly<Record<string, string>>[],
  { program }: Model,
): Answer {
  const headers = names.map((name): TableHeader => {
    if (name === 'value') return value
    if (name === 'pe' || name === 'ou') return header(name, labels[name])
    return { ...header(name, 'Outcome'), optionSet: program.optionSet }
  })
  const outcomes = names.includes(program.outcome)
    ? { [program.outcome]: program.options.map(({ id }) => id) }
    : {}
  const items = {
    ...(metaData['items'] as object),
    [program.id]: { name: 'Child care' },
    [program.stage]: { name: 'Visit' },
    ...Object.fromEntries(program.options.map(({ id, code, name }) => [id, { code, name }])),
  }
  return {
    headers,
    metaData:
      question.query.get('skipMeta') === 'true'
        ? {}
        : { ...metaData, items, dimensions: { ...outcomes, ...(metaData['dimensions'] as object) } },
    rows: rows.map((row) => names.map((name) => row[name]!)),
  }
}
