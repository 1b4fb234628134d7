/**
 * A seeded country: one small DHIS2 that every answer is made of, so that it can be proven that a question cut into pieces
 * gives exactly its unsplit answer.
 *
 * Pure, without a socket, for thousands of cases:
 *
 * ```ts
 * const country = countryOf({ seed: 7, orgUnits: 40, levels: 6, from: '2023-01-01', to: '2025-12-31' })
 * const answer = country.analytics('dimension=dx:…&dimension=pe:2024&dimension=ou:LEVEL-3') // or URLSearchParams, or pairs
 * if ('message' in answer) throw new Error(answer.errorCode) // a Refusal: { status, message, errorCode }
 * for (const [dx, pe, ou, value] of answer.rows) … // text; as often as one likes
 * country.analytics('…&skipData=true') // metaData.dimensions: every axis frozen
 * ```
 *
 * The same over HTTP, with its lists of metadata, its system info, and whatever `misbehave()` does:
 *
 * ```ts
 * await using server = await startDhis2({ country })
 * ```
 *
 * `country.dataElements` has one of each class of data (`aggregationType`, `periodType`, `valueType`) before it has more of
 * the plainest; `country.indicators` one of each kind that splitting has to know. What is filled is a function of
 * (seed, data element, disaggregation, period, org unit), and held nowhere. `country.edit()` and `remove()` change values;
 * analytics show it after `country.rebuild()`, and part of it during `country.beginRebuild()`. `country.limits` is what its server
 * does not bear.
 */
import { dayOf, periodOf } from '../calendar.ts'
import type { Refusal } from '../query-checks.ts'
import { type Answer, analyticsOf } from './analytics.ts'
import { clockOf, textOfTime } from './clock.ts'
import { currentOf, dataValueSetsOf, type RawValues } from './data-value-sets.ts'
import { classCount, type DataElement, type DataSet, elementsOf } from './elements.ts'
import { mix } from './hash.ts'
import { type Indicator, indicatorsOf } from './indicators.ts'
import { type Limits, limitsOf } from './limits.ts'
import type { Model } from './model.ts'
import { type Edit, overlay } from './overlay.ts'
import { type Place, placesOf } from './places.ts'
import { type Program, programOf } from './program.ts'
import { enrollmentCountsOf, eventCountsOf } from './program-counts.ts'
import type { Params } from './question.ts'
import { rawDataOf } from './raw-data.ts'
import { type Rebuild, type RebuildOptions, tablesOf } from './tables.ts'
import { valuesOf } from './values.ts'

export interface CountryOptions {
  /** The same seed gives the same country; default 1. */
  seed?: number
  /** How many org units there are, and on how many levels; default 40 on 5. */
  orgUnits?: number
  levels?: number
  /** How many data elements; default one of each class: what lies beyond that are sums of whole numbers by month. */
  dataElements?: number
  /** How many indicators; default 12. */
  indicators?: number
  /** How many events its program has, and a third as many enrollments and people; default 300. */
  events?: number
  /** The days that there is data of; default 2023-01-01 to 2025-12-31. */
  from?: string
  to?: string
  /** The share of cells that are filled; default 0.6. */
  filled?: number
  /** The country's own time when it begins, UTC; default `2026-01-15T08:30:00.000`. */
  now?: string
  /** Whether its clock goes on by itself; default it stands still until it is moved. */
  clockRuns?: boolean
  /** Whether its analytics ever ran; default they did, an hour before it begins. */
  hasAnalytics?: boolean
  limits?: Partial<Limits>
}

export interface ValueKey {
  readonly dataElement: string
  readonly period: string
  readonly orgUnit: string
  /** Default the first of the data element. */
  readonly categoryOptionCombo?: string
}

/** A country: see the head of this file. */
export interface Country {
  /** Every org unit, from the top down, each followed by those below it. */
  readonly orgUnits: readonly Place[]
  readonly dataElements: readonly DataElement[]
  readonly dataSets: readonly DataSet[]
  readonly indicators: readonly Indicator[]
  /** Its program, whose `indicators` are program indicators. Of data in `dx` it has `PROGRAM.weight` and `PROGRAM.outcome.OPTION`. */
  readonly program: Program
  /** Groups of org units, of data elements and of indicators, by their ids: `OU_GROUP-`, `DE_GROUP-`, `IN_GROUP-`. */
  readonly groups: {
    readonly ou: readonly string[]
    readonly de: readonly string[]
    readonly in: readonly string[]
  }
  /** Its own time, in UTC: `2026-01-15T08:30:00.000`. */
  readonly now: string
  /** Moves its clock on. */
  advance(ms: number): void
  /** `/api/analytics`. Rows are made as they are read, anew each time, and those of two readings may differ in their order. */
  analytics(params: Params): Answer | Refusal
  /** `/api/analytics/rawData`. */
  rawData(params: Params): Answer | Refusal
  /** `/api/analytics/events/aggregate/{program}`, and the same of enrollments. */
  eventCounts(params: Params): Answer | Refusal
  enrollmentCounts(params: Params): Answer | Refusal
  /** Enters a value, now. Analytics show it from the next rebuild on. @throws RangeError for ids that are none. */
  edit(value: ValueKey & { readonly value: number | string }): void
  /** Deletes a value, now. @throws RangeError for ids that are none. */
  remove(value: ValueKey): void
  /** What is entered at a place now; undefined where there is nothing. @throws RangeError for ids that are none. */
  value(key: ValueKey): number | string | undefined
  /** The org units that enter a data element. @throws RangeError for an id that is none. */
  enteredBy(dataElement: string): readonly Place[]
  /** `/api/dataValueSets`: the values as they are now, and when each was last updated. */
  dataValueSets(params: Params): RawValues | Refusal
  /** Makes the analytics tables anew, of all that was edited before now, and takes a minute of the country's time. */
  rebuild(): void
  /** The same step by step: what is asked meanwhile is of tables that are partly new. @throws Error while another one runs. */
  beginRebuild(options?: RebuildOptions): Rebuild
  /** What its server does not bear, which may be changed at any time. */
  readonly limits: Limits
  /** What it is made of, for what answers in its name; no promise. */
  readonly model: Model
}

export function countryOf(options: CountryOptions = {}): Country {
  const model = modelOf(options)
  const { clock, places, elements, indicators } = model
  const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id)
  return {
    orgUnits: places.all,
    dataElements: elements.dataElements,
    dataSets: elements.dataSets,
    indicators: indicators.all,
    program: model.program,
    groups: { ou: ids(places.groups), de: ids(elements.groups), in: ids(indicators.groups) },
    get now() {
      return textOfTime(clock.now)
    },
    advance: clock.advance,
    analytics: (params) => analyticsOf(params, model),
    rawData: (params) => rawDataOf(params, model),
    eventCounts: (params) => eventCountsOf(params, model),
    enrollmentCounts: (params) => enrollmentCountsOf(params, model),
    edit({ value, ...key }) {
      const cell = placeOf(key, model)
      const entered = cell.element.valueType === 'TEXT' ? String(value) : Number(value)
      model.overlay.add({ ...cell, at: clock.now, value: entered })
    },
    remove: (key) => model.overlay.add({ ...placeOf(key, model), at: clock.now, value: undefined }),
    value(key) {
      const { element, combo, period, place } = placeOf(key, model)
      return currentOf(element, combo, period, place, model)?.raw
    },
    enteredBy(id) {
      const element = model.byId.elements.get(id)
      if (!element) throw new RangeError(`The country has no data element ${id}`)
      return model.values.sourcesOf(element.dataSet)
    },
    dataValueSets: (params) => dataValueSetsOf(params, model),
    rebuild: () => model.tables.begin({}).finish(),
    beginRebuild: (rebuild = {}) => model.tables.begin(rebuild),
    limits: model.limits,
    model,
  }
}

/** Where a value stands. */
function placeOf(key: ValueKey, { byId, values }: Model): Omit<Edit, 'value' | 'at'> {
  const element = byId.elements.get(key.dataElement)
  const place = element && values.sourcesOf(element.dataSet).find(({ id }) => id === key.orgUnit)
  const period = periodOf(key.period)
  const combo = element?.optionCombos.find(
    ({ id }, at) => id === key.categoryOptionCombo || (at === 0 && key.categoryOptionCombo === undefined),
  )
  if (!element || !place || !combo || period?.type !== element.periodType) {
    throw new RangeError(`The country has no such value: ${JSON.stringify(key)}`)
  }
  return { element, combo, period: period.index, place }
}

function modelOf({
  seed = 1,
  orgUnits = 40,
  levels = 5,
  dataElements = classCount,
  indicators: indicatorCount = 12,
  events = 300,
  from = '2023-01-01',
  to = '2025-12-31',
  filled = 0.6,
  now = '2026-01-15T08:30:00.000',
  clockRuns = false,
  hasAnalytics = true,
  limits = {},
}: CountryOptions): Model {
  const places = placesOf(seed, orgUnits, levels)
  const elements = elementsOf(seed, dataElements)
  const indicators = indicatorsOf(seed, indicatorCount, elements.dataElements)
  const edits = overlay()
  const clock = clockOf(Date.parse(`${now}Z`), clockRuns)
  const span = { first: dayOf(from), last: dayOf(to) }
  let askings = 0
  const years = new Set<number>()
  for (let year = Number(from.slice(0, 4)); year <= Number(to.slice(0, 4)); year++) years.add(year)
  return {
    seed,
    places,
    elements,
    indicators,
    byId: {
      elements: new Map(elements.dataElements.map((each) => [each.id, each])),
      indicators: new Map(indicators.all.map((each) => [each.id, each])),
    },
    years,
    program: programOf(seed, places, { events, from, to }),
    overlay: edits,
    values: valuesOf({ elements, places, overlay: edits }, { ...span, filled }),
    firstUpdatedBefore: clock.now - 2 * 86_400_000,
    limits: limitsOf(limits),
    clock,
    tables: tablesOf(hasAnalytics ? clock.now - 3_600_000 : undefined, years, clock),
    chance: () => mix(seed, ++askings) >>> 1,
  }
}
