import type { Clock } from './clock.ts'
import type { DataElement, Elements } from './elements.ts'
import type { Indicator, Indicators } from './indicators.ts'
import type { Limits } from './limits.ts'
import type { Overlay } from './overlay.ts'
import type { Places } from './places.ts'
import type { Program } from './program.ts'
import type { Tables } from './tables.ts'
import type { Values } from './values.ts'

/** All that there is to a country; everything it answers is made of this. */
export interface Model {
  readonly seed: number
  readonly places: Places
  readonly elements: Elements
  readonly indicators: Indicators
  readonly byId: {
    readonly elements: ReadonlyMap<string, DataElement>
    readonly indicators: ReadonlyMap<string, Indicator>
  }
  /** The years that have a table. */
  readonly years: ReadonlySet<number>
  readonly program: Program
  readonly values: Values
  readonly overlay: Overlay
  /** What was there when the country began was last updated before this. */
  readonly firstUpdatedBefore: number
  readonly limits: Limits
  readonly clock: Clock
  readonly tables: Tables
  /** Another number for every asking. */
  readonly chance: () => number
}
