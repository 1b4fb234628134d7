import type { ByteSource } from './byte-source.ts'
import { csvOf, type GridKey, jsonOf } from './formats.ts'
import { inflated, pivotTable } from './pivot-table.ts'
import type { Table } from './table.ts'
import { eventTable } from './tracker-tables.ts'

/** `narrow`: data, period, organisation unit and value. `wide`: events of 40 columns with every kind of cell. */
export type GridShape = 'narrow' | 'wide'

/** A grid to make up. */
export interface GridOptions {
  rows: number
  /** The same seed gives the same bytes; default 1. */
  seed?: number
  /** Default `narrow`. */
  shape?: GridShape
  /** About so many bytes of metaData; default what the ids in the rows need. */
  metaDataBytes?: number
  /** JSON only; default the usual one of current servers. A key left out is not sent. */
  keyOrder?: readonly GridKey[]
}

/**
 * A grid as the server's JSON, of any number of rows in constant memory: chunks of about 64 kB, read as often as
 * one likes, and their length known beforehand.
 *
 * @example
 * Readable.from(gridJson({ rows: 2_000_000 }))   // 93 MB
 */
export function gridJson({ keyOrder, ...options }: GridOptions): ByteSource {
  return jsonOf(tableOf(options), keyOrder === undefined ? {} : { keyOrder })
}

/** The same grid in the server's CSV. */
export function gridCsv(options: Omit<GridOptions, 'keyOrder' | 'metaDataBytes'>): ByteSource {
  return csvOf(tableOf(options))
}

/** The table behind {@link gridJson} and {@link gridCsv}. */
export function tableOf({
  rows,
  seed = 1,
  shape = 'narrow',
  metaDataBytes = 0,
}: Omit<GridOptions, 'keyOrder'>): Table {
  const table = shape === 'narrow' ? pivotTable(rows, seed) : eventTable(rows, seed)
  return metaDataBytes === 0 ? table : inflated(table, metaDataBytes, seed)
}
