import type { DataElement, DataSet, Elements, OptionCombo } from './elements.ts'
import { hashOfText, mix, shareOf } from './hash.ts'
import { within } from './ou-axis.ts'
import type { Overlay } from './overlay.ts'
import type { Place } from './place.ts'
import type { Places } from './places.ts'
import type { TableState } from './tables.ts'

/** What is entered in one place, for one period. */
export type Raw = number | string | undefined

export interface Values {
  /** As it was when the country began: made of its coordinates, and held nowhere. */
  readonly first: (element: DataElement, combo: OptionCombo, period: number, place: Place) => Raw
  /**
   * As some tables have it: what enters a data set at or below some places, from the top down and each once, and what reads
   * its values there. The year of a period decides where places stood.
   */
  readonly inTables: (state: TableState) => (dataSet: DataSet, places: readonly Place[]) => Entered
  /** The places that enter a data set, from the top down. */
  readonly sourcesOf: (dataSet: DataSet) => readonly Place[]
  /** The periods of a data element that there can be values of: the first and the last. */
  readonly spanOf: (element: DataElement) => readonly [first: number, last: number]
}

export interface Entered {
  readonly sources: readonly Place[]
  readonly read: Values['first']
}

const texts = ['plain', 'with, comma', 'with "quotes"', '\\back\\slash', '],["', 'two\nlines', 'émoji 😀']

/**
 * Values between two days, so many of the cells filled. A place either reports a data set or never does.
 */
export function valuesOf(
  { elements, places, overlay }: { elements: Elements; places: Places; overlay: Overlay },
  { first, last, years, filled }: { first: number; last: number; years: ReadonlySet<number>; filled: number },
): Values {
  const reporting = Math.min(0.95, filled * 2.5)
  const threshold = Math.round((filled / reporting) * 4_294_967_296)
  const entering = new Map(
    elements.dataSets.map((dataSet) => {
      const hash = hashOfText(dataSet.id)
      const enters = ({ level, isLeaf, hash: own }: Place) =>
        (dataSet.level === undefined ? isLeaf : level === dataSet.level) &&
        (dataSet.level !== undefined || shareOf(mix(own, hash)) < reporting)
      return [dataSet, new Set(places.all.filter(enters))]
    }),
  )
  let [all, sources] = [places.all, new Map<DataSet, readonly Place[]>()]
  const sourcesOf = (dataSet: DataSet) => {
    // Nothing enters anything else where it is moved; the order is another.
    if (all !== places.all) [all, sources] = [places.all, new Map()]
    const found = sources.get(dataSet) ?? all.filter((place) => entering.get(dataSet)!.has(place))
    sources.set(dataSet, found)
    return found
  }
  const made: Values['first'] = (element, combo, period, place) => {
    const hash = mix(mix(element.hash, combo.hash) ^ place.hash, period)
    if (hash >>> 0 >= threshold) return undefined
    const drawn = mix(hash, 17) >>> 0
    if (element.valueType === 'TEXT') return texts[drawn % texts.length]
    return element.valueType === 'NUMBER' ? (1 + (drawn % 2000)) / 10 : 1 + (drawn % 400)
  }
  const readerOf =
    ({ isAway, asOf }: TableState): Values['first'] =>
    (element, combo, period, place) => {
      const edits = overlay.editsOf(element)
      if (!edits && !isAway) return made(element, combo, period, place)
      const year = element.periodType.yearOf(period)
      if (isAway?.(year)) return undefined
      const edit = edits && overlay.before(edits, combo, period, place, asOf(year))
      // Zeros are not in the tables.
      return edit ? edit.value || undefined : made(element, combo, period, place)
    }
  return {
    first: made,
    inTables(state) {
      const read = readerOf(state)
      const standings = new Map([...years].map((year) => [year, places.before(state.asOf(year))]))
      const distinct = [...new Set(standings.values())]
      const isNow = distinct.every((stood) => !stood)
      return (dataSet, asked) => {
        if (isNow) return { sources: within(sourcesOf(dataSet), asked), read }
        // Tables have a column for each level, and are asked for the one that a place is of now.
        const isBelow = (place: Place, stood: ReadonlyMap<Place, Place> | undefined) => {
          const { ids } = stood?.get(place) ?? place
          return asked.some(({ id, level }) => ids[level - 1] === id)
        }
        return {
          sources: sourcesOf(dataSet).filter((place) => distinct.some((stood) => isBelow(place, stood))),
          read: (element, combo, period, place) =>
            isBelow(place, standings.get(element.periodType.yearOf(period)))
              ? read(element, combo, period, place)
              : undefined,
        }
      }
    },
    sourcesOf,
    spanOf: ({ periodType }) => {
      const [from, to] = [periodType.indexOf(first), periodType.indexOf(last)]
      return [periodType.first(from) < first ? from + 1 : from, periodType.last(to) > last ? to - 1 : to]
    },
  }
}
