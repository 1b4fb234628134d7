import type { Refusal } from '../query-checks.ts'
import type { Answer } from './analytics.ts'
import type { RawValues } from './data-value-sets.ts'
import type { DataElement, DataSet } from './elements.ts'
import type { Indicator } from './indicators.ts'
import type { Limits } from './limits.ts'
import type { Model } from './model.ts'
import type { Place } from './place.ts'
import type { Program } from './program.ts'
import type { Params } from './question.ts'
import type { Rebuild, RebuildOptions } from './tables.ts'

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
  /** Every org unit, from the top down, each followed by those below it; another list after `move()`. */
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
  /** Gives an indicator another numerator, now: all of its values from the next question on. @throws RangeError */
  setNumerator(indicator: string, numerator: string): void
  /**
   * Gives an org unit another parent, now: its path and those of all below it are others from the next question on, and
   * analytics show it from the next rebuild on. Whatever enters data enters it still. @throws RangeError for ids that are
   * none, and for a parent that is the org unit itself or below it.
   */
  move(orgUnit: string, parent: string): void
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
