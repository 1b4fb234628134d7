import type { Period } from '../calendar.ts'
import type { DataElement, OptionCombo } from './elements.ts'
import type { Place } from './place.ts'
import type { Values } from './values.ts'

/** What a question is about as a whole, where that changes its cells. */
export interface Whole {
  /** The calendar years that it touches, of those that have a table; undefined where none has: then all count. */
  readonly years: ReadonlySet<number> | undefined
  /** The first of its periods of each kind: the server divides by the days of that one. */
  readonly firstOf: ReadonlyMap<string, Period>
  /** Another number for every asking: what the server leaves to chance goes by it. */
  readonly chance: number
}

/** A cell of data elements: an item of each axis, or all of those that are filters. */
export interface Cell {
  readonly element: DataElement
  readonly combos: readonly OptionCombo[]
  readonly aggregationType: string
  readonly periods: readonly Period[]
  readonly sources: readonly Place[]
}

export type Reader = Values['first']
