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
 * (seed, data element, disaggregation, period, org unit), and held nowhere. `country.edit()` and `remove()` change values,
 * `move()` the hierarchy; analytics show it after `country.rebuild()`, and part of it during `country.beginRebuild()`.
 * `country.limits` is what its server does not bear.
 */

import { periodOf } from '../calendar.ts'
import { analyticsOf } from './analytics.ts'
import { textOfTime } from './clock.ts'
import type { Country, CountryOptions, ValueKey } from './country.ts'
import { currentOf, dataValueSetsOf } from './data-value-sets.ts'
import { formulaOf } from './formula.ts'
import { modelOf } from './make-model.ts'
import type { Model } from './model.ts'
import type { Edit } from './overlay.ts'
import { enrollmentCountsOf, eventCountsOf } from './program-counts.ts'
import { rawDataOf } from './raw-data.ts'

export type { Country, CountryOptions, ValueKey } from './country.ts'

/** The country of a seed. */
export function countryOf(options: CountryOptions = {}): Country {
  const model = modelOf(options)
  const { clock, places, elements, indicators } = model
  const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id)
  return {
    get orgUnits() {
      return places.all
    },
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
    setNumerator(id, numerator) {
      const indicator = model.byId.indicators.get(id)
      if (!indicator) throw new RangeError(`The country has no indicator ${id}`)
      const formulas = { ...indicator.formulas, numerator: formulaOf(numerator) }
      Object.assign(indicator, { numerator, formulas })
    },
    move(orgUnit, parent) {
      const [place, above] = [places.byId.get(orgUnit), places.byId.get(parent)]
      if (!place || !above) throw new RangeError(`The country has no org unit ${place ? parent : orgUnit}`)
      places.move(place, above, clock.now)
    },
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
