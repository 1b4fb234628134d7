import { collect, type GridBody } from '../asking/collect.ts'
import type { Grid, Header } from '../grid/grid.ts'
import { collectList, type WholeRows } from '../lists/collect-list.ts'

/** How all of an answer is kept. */
export interface Form<T> {
  ofList(list: WholeRows): Promise<T>
  /** `isAsked` tells the data items that were asked for, where servers give others too. */
  ofBody(body: GridBody, isAsked: IsAsked | undefined): Promise<Collected<T>>
}

export type IsAsked = (dx: unknown) => boolean

export interface Collected<T> {
  readonly made: T
  /** Whether data was asked for, and no row came. */
  readonly isEmpty: boolean
}

export const gridForm: Form<Grid> = {
  ofList: collectList,
  async ofBody(body, isAsked) {
    const grid = await collect(body)
    // Without headers no data was asked for.
    const isEmpty = grid.rows.length === 0 && grid.headers.length > 0
    const at = dxOf(grid.headers)
    if (!isAsked || at === -1) return { made: grid, isEmpty }
    const rows = grid.rows.filter((row) => isAsked(row[at]))
    return { made: { ...grid, rows, height: rows.length }, isEmpty }
  },
}

export function dxOf(headers: readonly Header[]): number {
  return headers.findIndex(({ name }) => name === 'dx')
}
