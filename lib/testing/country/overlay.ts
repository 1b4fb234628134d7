import type { DataElement, OptionCombo } from './elements.ts'
import type { Place } from './place.ts'

/** What became of a value: its new one, or undefined where it was deleted. */
export interface Edit {
  readonly at: number
  readonly value: number | string | undefined
  readonly element: DataElement
  readonly combo: OptionCombo
  /** The number of its period. */
  readonly period: number
  readonly place: Place
}

/** The edits of one data element, oldest first, by where they are. */
type EditsOfElement = ReadonlyMap<string, readonly Edit[]>

/** All that was edited since the country began. */
export interface Overlay {
  readonly add: (edit: Edit) => void
  readonly editsOf: (element: DataElement) => EditsOfElement | undefined
  /** The last edit of a value before a time. */
  readonly before: (
    edits: EditsOfElement,
    combo: OptionCombo,
    period: number,
    place: Place,
    time: number,
  ) => Edit | undefined
}

export function overlay(): Overlay {
  const elements = new Map<DataElement, Map<string, Edit[]>>()
  const keyOf = (combo: OptionCombo, period: number, place: Place) => `${combo.id} ${period} ${place.id}`
  return {
    add(edit) {
      const edits = elements.get(edit.element) ?? new Map<string, Edit[]>()
      elements.set(edit.element, edits)
      const key = keyOf(edit.combo, edit.period, edit.place)
      edits.set(key, [...(edits.get(key) ?? []), edit])
    },
    editsOf: (element) => elements.get(element),
    before: (edits, combo, period, place, time) =>
      edits.get(keyOf(combo, period, place))?.findLast(({ at }) => at < time),
  }
}
