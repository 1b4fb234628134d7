import { type ByteSource, blockBytes, byteSource } from './byte-source.ts'
import { repeatedRows } from './repeated-rows.ts'
import type { Table, TableCell, TableHeader } from './table.ts'

/** The habit of current servers; WIRE: it differs from one JVM to the next, and is no contract. */
export const usualKeyOrder = [
  'headers',
  'metaData',
  'rowContext',
  'width',
  'rows',
  'headerWidth',
  'height',
] as const

/** A key of a JSON grid. */
export type GridKey = (typeof usualKeyOrder)[number] | 'title'

/** Which rows of a table to write, and how. */
export interface WriteOptions {
  /** The first row, counting from 0, and the one after the last; default all. */
  from?: number
  to?: number
  /** JSON only. A key left out is not sent. */
  keyOrder?: readonly GridKey[]
}

interface Dialect {
  open: string
  between: string
  separator: string
  endOf: (cells: readonly TableCell[]) => string
}

const jsonRows: Dialect = {
  open: '["',
  between: '","',
  separator: ',',
  endOf: (cells) => `"${cells.map((cell) => `,${JSON.stringify(cell)}`).join('')}]`,
}
const csvRows: Dialect = {
  open: '',
  between: ',',
  separator: '',
  endOf: (cells) => `${cells.map((cell) => `,${csvCell(cell)}`).join('')}\n`,
}
const xmlRows: Dialect = {
  open: '<row><field>',
  between: '</field><field>',
  separator: '',
  endOf: (cells) => `</field>${cells.map((cell) => `<field>${markup(cell)}</field>`).join('')}</row>`,
}
const htmlRows: Dialect = {
  open: '<tr><td>',
  between: '</td><td>',
  separator: '\n',
  endOf: (cells) => `</td>${cells.map((cell) => `<td>${markup(cell)}</td>`).join('')}</tr>`,
}

/** A table as a JSON grid. */
export function jsonOf(table: Table, options: WriteOptions = {}): ByteSource {
  const { keyOrder = usualKeyOrder } = options
  const { from, to } = range(table, options)
  const values: Record<Exclude<GridKey, 'rows' | 'metaData'>, unknown> = {
    title: 'A table',
    headers: table.headers,
    rowContext: {},
    width: to === from ? 0 : table.headers.length,
    headerWidth: table.headers.length,
    height: to - from,
  }
  const members = keyOrder.map((key) =>
    key === 'rows'
      ? byteSource('"rows":[', rowsOf(table, jsonRows, options), ']')
      : byteSource(`"${key}":`, key === 'metaData' ? metaDataJson(table) : JSON.stringify(values[key])),
  )
  return byteSource('{', ...members.flatMap((member, at) => (at === 0 ? [member] : [',', member])), '}')
}

const metaDataTexts = new WeakMap<object, Buffer>()

/** Remembered, because it may be tens of MB and a table is written again for every request. */
function metaDataJson({ metaData }: Table): Buffer {
  const text = metaDataTexts.get(metaData) ?? Buffer.from(JSON.stringify(metaData))
  metaDataTexts.set(metaData, text)
  return text
}

/** A table in the server's CSV: a line of labels, LF, quotes only where needed, values trimmed. */
export function csvOf(table: Table, options: WriteOptions = {}): ByteSource {
  return byteSource(`${labels(table.headers).map(csvCell).join(',')}\n`, rowsOf(table, csvRows, options))
}

/** A table in the server's XML. */
export function xmlOf(table: Table, options: WriteOptions = {}): ByteSource {
  const headers = table.headers.map(
    ({ name, column, type }) =>
      `<header name="${markup(name)}" column="${markup(column)}" type="${type}" hidden="false" meta="true"/>`,
  )
  const { from, to } = range(table, options)
  const size = `width="${table.headers.length}" height="${to - from}"`
  return byteSource(
    `<?xml version='1.0' encoding='UTF-8'?><grid title="" subtitle="" ${size}><headers>${headers.join('')}</headers><rows>`,
    rowsOf(table, xmlRows, options),
    '</rows></grid>',
  )
}

/** A table as a page. */
export function htmlOf(table: Table, options: WriteOptions = {}): ByteSource {
  const heads = labels(table.headers).map((label) => `<th>${markup(label)}</th>`)
  return byteSource(
    `<div class="gridDiv"><table class="gridTable"><thead><tr>${heads.join('')}</tr></thead><tbody>\n`,
    rowsOf(table, htmlRows, options),
    '\n</tbody></table></div>\n',
  )
}

/** Not a spreadsheet or a PDF, but as long as one and beginning like one: `PK`, then bytes that mean nothing. */
export function opaqueOf(magic: string, table: Table, options: WriteOptions = {}): ByteSource {
  const { from, to } = range(table, options)
  const noise = Buffer.from(
    Array.from({ length: blockBytes }, (_, at) => (Math.imul(at, 0x9e3779b1) >>> 13) & 255),
  )
  const byteLength = 4096 + (to - from) * 12
  const filling: ByteSource = {
    byteLength,
    *[Symbol.iterator]() {
      for (let left = byteLength; left > 0; left -= noise.length) yield noise.subarray(0, left)
    },
  }
  return byteSource(magic, filling)
}

function rowsOf(table: Table, dialect: Dialect, options: WriteOptions): ByteSource {
  return repeatedRows({
    ...range(table, options),
    startOf: table.keys(dialect.open, dialect.between),
    ends: endsOf(table.turns, dialect),
    turnOf: table.turnOf,
    separator: dialect.separator,
  })
}

const writtenTurns = new WeakMap<object, Map<Dialect, string[]>>()

/** Remembered, because a list is written again for every page. */
function endsOf(turns: Table['turns'], dialect: Dialect): string[] {
  const known = writtenTurns.get(turns) ?? new Map<Dialect, string[]>()
  writtenTurns.set(turns, known)
  const ends = known.get(dialect) ?? turns.map(dialect.endOf)
  known.set(dialect, ends)
  return ends
}

function range(table: Table, { from = 0, to = table.rows }: WriteOptions): { from: number; to: number } {
  const end = Math.min(to, table.rows)
  return { from: Math.min(from, end), to: end }
}

function labels(headers: readonly TableHeader[]): string[] {
  return headers.map(({ column }) => column)
}

function textOf(cell: TableCell): string {
  if (cell === null) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

export function csvCell(cell: TableCell): string {
  const text = textOf(cell).trim()
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function markup(cell: TableCell): string {
  return textOf(cell)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
