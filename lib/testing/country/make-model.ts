import { dayOf } from '../calendar.ts'
import { clockOf } from './clock.ts'
import type { CountryOptions } from './country.ts'
import { classCount, elementsOf } from './elements.ts'
import { mix } from './hash.ts'
import { indicatorsOf } from './indicators.ts'
import { limitsOf } from './limits.ts'
import type { Model } from './model.ts'
import { overlay } from './overlay.ts'
import { placesOf } from './places.ts'
import { programOf } from './program.ts'
import { tablesOf } from './tables.ts'
import { valuesOf } from './values.ts'

/** What a country is made of. */
export function modelOf({
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
    values: valuesOf({ elements, places, overlay: edits }, { ...span, years, filled }),
    firstUpdatedBefore: clock.now - 2 * 86_400_000,
    limits: limitsOf(limits),
    clock,
    tables: tablesOf(hasAnalytics ? clock.now - 3_600_000 : undefined, years, clock),
    chance: () => mix(seed, ++askings) >>> 1,
  }
}
