import type { DataElement, DataSet, Elements, OptionCombo } from './elements.ts'
import { hashOfText, mix, shareOf } from './hash.ts'
import type { Overlay } from './overlay.ts'
import type { Place, Places } from './places.ts'
import type { TableState } from './tables.ts'

/** What is entered in one place, for one period. */
export type Raw = number | string | undefined

export interface Values {
  /** As it was when the country began: made of its coordinates, and held nowhere. */
  readonly first: (element: DataElement, combo: OptionCombo, period: number, place: Place) => Raw
  /** As some tables have it. */
  readonly inTables: (
    state: TableState,
  ) => (element: DataElement, combo: OptionCombo, period: number, place: Place) => Raw
  /** The places that enter a data set, from the top down. */
  readonly sourcesOf: (dataSet: DataSet) => readonly Place[]
  /** The periods of a data element that there can be values of: the first and the last. */
  readonly spanOf: (element: DataElement) => readonly [first: number, last: number]
}

const texts = ['plain', 'with, comma', 'with "quotes"', '\\back\\slash', '],["', 'two\nlines', 'émoji 😀']

/**
 * Values between two days, so many of the cells filled. A place either reports a data set or never does.
 */
export function valuesOf(
  { elements, places, overlay }: { elements: Elements; places: Places; overlay: Overlay },
  { first, last, filled }: { first: number; last: number; filled: number },
): Values {
  const reporting = Math.min(0.95, filled * 2.5)
  const threshold = Math.round((filled / reporting) * 4_294_967_296)
  const sources = new Map(
    elements.dataSets.map((dataSet) => {
      const hash = hashOfText(dataSet.id)
      const enters = ({ level, isLeaf, hash: own }: Place) =>
        (dataSet.level === undefined ? isLeaf : level === dataSet.level) &&
        (dataSet.level !== undefined || shareOf(mix(own, hash)) < reporting)
      return [dataSet, places.all.filter(enters)]
    }),
  )
  const made: Values['first'] = (element, combo, period, place) => {
    const hash = mix(mix(element.hash, combo.hash) ^ place.hash, period)
    if (hash >>> 0 >= threshold) return undefined
    const drawn = mix(hash, 17) >>> 0
    if (element.valueType === 'TEXT') return texts[drawn % texts.length]
    return element.valueType === 'NUMBER' ? (1 + (drawn % 2000)) / 10 : 1 + (drawn % 400)
  }
  return {
    first: made,
    inTables:
      ({ isAway, asOf }) =>
      (element, combo, period, place) => {
        const edits = overlay.editsOf(element)
        if (!edits && !isAway) return made(element, combo, period, place)
        const year = element.periodType.yearOf(period)
        if (isAway?.(year)) return undefined
        const edit = edits && overlay.before(edits, combo, period, place, asOf(year))
        // Zeros are not in the tables.
        return edit ? edit.value || undefined : made(element, combo, period, place)
      },
    sourcesOf: (dataSet) => sources.get(dataSet)!,
    spanOf: ({ periodType }) => {
      const [from, to] = [periodType.indexOf(first), periodType.indexOf(last)]
      return [periodType.first(from) < first ? from + 1 : from, periodType.last(to) > last ? to - 1 : to]
    },
  }
}
