import { dayOf, type PeriodType, periodOf } from '../calendar.ts'
import { conflict, type Refusal } from '../query-checks.ts'
import { textOfTime } from './clock.ts'
import { type DataElement, defaultCombo, type OptionCombo } from './elements.ts'
import { mix, shareOf } from './hash.ts'
import type { Model } from './model.ts'
import { within } from './ou-axis.ts'
import type { Place } from './place.ts'
import { type Params, questionOf } from './question.ts'

/** A value as it was entered. Deleted ones have no `value`. */
export interface RawValue {
  readonly dataElement: string
  readonly period?: string
  readonly orgUnit?: string
  readonly categoryOptionCombo: string
  readonly attributeOptionCombo: string
  readonly value?: string
  readonly storedBy: string
  readonly created: string
  readonly lastUpdated: string
  readonly followup: false
  readonly deleted?: true
}

/** What all values share stands above them. */
export interface RawValues {
  readonly period?: string
  readonly orgUnit?: string
  readonly dataValues: readonly RawValue[]
}

const dayMs = 86_400_000
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: dayMs }

/** `/api/dataValueSets`: the values themselves, as they are now. */
export function dataValueSetsOf(params: Params, model: Model): RawValues | Refusal {
  const { query } = questionOf(params)
  const { elements, places, clock } = model
  const wanted = elements.dataElements.filter(
    ({ id, dataSet }) =>
      query.getAll('dataElement').includes(id) || query.getAll('dataSet').includes(dataSet.id),
  )
  if (wanted.length === 0)
    return conflict('E2001', 'At least one data set, data element or group must be specified')
  const roots = query.getAll('orgUnit').flatMap((id) => places.byId.get(id) ?? [])
  if (roots.length === 0)
    return conflict('E2006', 'At least one organisation unit or group must be specified')
  const since = sinceOf(query, clock.now)
  const isInPeriods = periodsIn(query)
  if (!isInPeriods && since === undefined) {
    return conflict('E2002', 'At least one period, start/end dates or last updated must be specified')
  }
  const withChildren = query.get('children') === 'true'
  const found: RawValue[] = []
  for (const element of wanted) {
    const sources = model.values.sourcesOf(element.dataSet)
    const chosen = withChildren ? within(sources, roots) : sources.filter((place) => roots.includes(place))
    for (const [combo, period, place] of cellsIn(element, chosen, since, model)) {
      if (isInPeriods && !isInPeriods(element.periodType, period)) continue
      const value = currentOf(element, combo, period, place, model)
      if (!value || (since !== undefined && value.at < since)) continue
      if (value.isDeleted && query.get('includeDeleted') !== 'true') continue
      found.push({
        dataElement: element.id,
        period: element.periodType.idOf(period),
        orgUnit: place.id,
        categoryOptionCombo: combo.id,
        attributeOptionCombo: defaultCombo.id,
        ...(!value.isDeleted && { value: String(value.raw) }),
        storedBy: 'admin',
        created: `${textOfTime(value.createdAt)}+0000`,
        lastUpdated: `${textOfTime(value.at)}+0000`,
        followup: false,
        ...(value.isDeleted && { deleted: true as const }),
      })
    }
  }
  return shared(found)
}

/** Days from when on values are told that were last updated: servers count whole days. */
function sinceOf(query: URLSearchParams, now: number): number | undefined {
  const time = query.get('lastUpdated')
  if (time !== null) return dayOf(time) * dayMs
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(query.get('lastUpdatedDuration') ?? '') ?? []
  if (count === undefined) return undefined
  return Math.floor((now - Number(count) * units[unit]!) / dayMs) * dayMs
}

function periodsIn(query: URLSearchParams): ((type: PeriodType, index: number) => boolean) | undefined {
  const named = query.getAll('period').flatMap((id) => periodOf(id) ?? [])
  if (named.length) return (type, index) => named.some((each) => each.type === type && each.index === index)
  const [from, to] = [query.get('startDate'), query.get('endDate')]
  if (from === null || to === null) return undefined
  return (type, index) => type.first(index) >= dayOf(from) && type.last(index) <= dayOf(to)
}

/** Where values can be: all cells, or those alone that were edited where nothing else is new enough. */
function* cellsIn(
  element: DataElement,
  places: readonly Place[],
  since: number | undefined,
  model: Model,
): Generator<[OptionCombo, number, Place]> {
  if (since !== undefined && since > model.firstUpdatedBefore) {
    const chosen = new Set(places)
    for (const [last] of [...(model.overlay.editsOf(element)?.values() ?? [])].map((edits) =>
      edits.slice(-1),
    )) {
      if (chosen.has(last!.place)) yield [last!.combo, last!.period, last!.place]
    }
    return
  }
  const [first, last] = model.values.spanOf(element)
  for (const place of places) {
    for (const combo of element.optionCombos) {
      for (let period = first; period <= last; period++) yield [combo, period, place]
    }
  }
}

/** A value as it is now, and when that was said; undefined where there never was one. */
export function currentOf(
  element: DataElement,
  combo: OptionCombo,
  period: number,
  place: Place,
  model: Model,
) {
  const edits = model.overlay.editsOf(element)
  const edit = edits && model.overlay.before(edits, combo, period, place, Number.POSITIVE_INFINITY)
  const first = model.values.first(element, combo, period, place)
  const share = shareOf(mix(place.hash, mix(element.hash, period)))
  // Within the twenty days after its period, and before the country begins.
  const createdAt = Math.min(
    (element.periodType.last(period) + 1 + share * 20) * dayMs,
    model.firstUpdatedBefore - Math.floor(share * dayMs),
  )
  if (edit) {
    const isDeleted = edit.value === undefined
    return { raw: edit.value, isDeleted, at: edit.at, createdAt: first === undefined ? edit.at : createdAt }
  }
  return first === undefined ? undefined : { raw: first, isDeleted: false, at: createdAt, createdAt }
}

function shared(values: readonly RawValue[]): RawValues {
  const [one] = values
  if (!one) return { dataValues: [] }
  const [samePeriod, sameUnit] = (['period', 'orgUnit'] as const).map((name) =>
    values.every((value) => value[name] === one[name]),
  )
  return {
    ...(samePeriod && { period: one.period! }),
    ...(sameUnit && { orgUnit: one.orgUnit! }),
    dataValues: values.map(({ period, orgUnit, ...value }) => ({
      ...(!samePeriod && { period: period! }),
      ...(!sameUnit && { orgUnit: orgUnit! }),
      ...value,
    })),
  }
}
