/**
 * What the compiler says of rows in a pipeline. `npm run typecheck` is the test: each line under `@ts-expect-error` must
 * be an error, and no other may be one. Nothing of it is run.
 */
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { it } from 'node:test'
import {
  batchRows,
  type CastCell,
  castCells,
  countBytes,
  filterRows,
  type GridQuery,
  type JsonCell,
  labelCells,
  mapRows,
  parseDataValues,
  parseRows,
  type Row,
  type RowStream,
  selectColumns,
  type Table,
  toArrow,
  toCsv,
  toNdjson,
  toObjects,
  validateRows,
} from 'dhis2-analytics-stream'
import { z } from 'zod'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => undefined

const bytes = () => new PassThrough()
const rows = () => bytes().pipe(parseRows())

export async function castRowsAreNotText(): Promise<void> {
  same<CastCell, string | number | boolean | null | JsonCell>(true)
  for await (const row of rows().pipe(castCells())) {
    same<typeof row, CastCell<Record<never, never>>[]>(true)
    same<(typeof row)[number], string | number | boolean | null | JsonCell>(true)
    const cell = row[3]!
    if (typeof cell === 'number') cell.toFixed(2)
    // @ts-expect-error Rows are no arrays of text once they are cast.
    const text: string[] = row
    // @ts-expect-error A cell may be anything until it is looked at.
    cell.toFixed(2)
    void text
  }
  const all = await rows().pipe(castCells()).toArray()
  // @ts-expect-error Nor are all of them together.
  const texts: string[][] = all
  void texts
}

export async function castRowsFollowTheOptions(): Promise<void> {
  for await (const [cell] of rows().pipe(castCells({ dates: 'date' }))) {
    same<typeof cell, string | number | boolean | Date | null | JsonCell | undefined>(true)
  }
  const columns = { pe: (cell: unknown) => ({ year: Number(cell) }), code: 'INTEGER' } as const
  for await (const [cell] of rows().pipe(castCells({ columns }))) {
    same<typeof cell, string | number | boolean | null | JsonCell | { year: number } | undefined>(true)
  }
  // @ts-expect-error There is no such value type.
  castCells({ columns: { value: 'NUMBR' } })
  // @ts-expect-error There is no such style of dates.
  castCells({ dates: 'iso8601' })
}

export async function aSchemaNarrows(): Promise<void> {
  const tuple = z.tuple([z.string(), z.string(), z.string(), z.number()])
  for await (const [dx, , , value] of rows().pipe(castCells()).pipe(validateRows(tuple))) {
    same<typeof dx, string>(true)
    same<typeof value, number>(true)
    // @ts-expect-error A number is no text.
    value.slice(1)
  }
  const object = z.object({ ou: z.string(), value: z.number().nullable() })
  for await (const row of rows().pipe(toObjects()).pipe(validateRows(object))) {
    same<typeof row, { ou: string; value: number | null }>(true)
    // @ts-expect-error There is no such column.
    void row.dx
  }
}

export async function theOthersSayWhatTheyMake(): Promise<void> {
  for await (const row of rows().pipe(toObjects())) same<typeof row, Record<string, unknown>>(true)
  for await (const row of rows().pipe(labelCells())) same<typeof row, Row>(true)
  for await (const row of rows().pipe(selectColumns(['ou']))) same<typeof row, Row>(true)
  for await (const row of rows().pipe(filterRows(([, value]) => value !== ''))) same<typeof row, Row>(true)
  for await (const row of rows().pipe(mapRows(([dx]) => ({ dx: String(dx) }))))
    same<typeof row, { dx: string }>(true)
  for await (const n of rows().pipe(mapRows(() => (Math.random() > 0.5 ? 1 : undefined))))
    same<typeof n, 1>(true)
  for await (const batch of rows().pipe(batchRows<{ a: 1 }>(5))) same<typeof batch, { a: 1 }[]>(true)
  for await (const { dataElement, comment } of bytes().pipe(parseDataValues())) {
    same<typeof dataElement, string>(true)
    same<typeof comment, string | null | undefined>(true)
  }
  // @ts-expect-error Rows are unknown cells until somebody says what they are.
  rows().pipe(filterRows(([value]) => value.length > 1))
  // @ts-expect-error A promise is not yes.
  filterRows(async () => false)
}

export async function pipelinesCarryTheTypes(): Promise<void> {
  const end = () => new PassThrough()
  await pipeline(bytes(), parseRows(), castCells(), toObjects(), batchRows(10), toNdjson(), end())
  await pipeline(
    bytes(),
    parseRows(),
    castCells(),
    async function* (source) {
      for await (const row of source) {
        same<typeof row, CastCell<Record<never, never>>[]>(true)
        yield { first: row[0] }
      }
    },
    toCsv(),
    end(),
  )
  await pipeline(bytes(), parseDataValues(), async (values) => {
    for await (const { value } of values) same<typeof value, string | null | undefined>(true)
  })
  await pipeline(
    bytes(),
    parseRows(),
    castCells(),
    // @ts-expect-error A stage for rows of text does not fit behind castCells.
    async function* (source: AsyncIterable<string[]>) {
      yield* source
    },
    toCsv(),
    end(),
  )
}

export async function chainsCarryTheTypes(rows: RowStream): Promise<void> {
  type C = CastCell<Record<never, never>>
  for await (const r of rows) same<typeof r, Row>(true)
  for await (const r of rows.through(castCells())) same<typeof r, C[]>(true)
  for await (const r of rows.through(castCells(), toObjects())) same<typeof r, Record<string, C>>(true)
  for await (const r of rows.through(
    castCells(),
    filterRows((row) => {
      same<typeof row, C[]>(true)
      return true
    }),
    toObjects(),
    batchRows(10),
  ))
    same<typeof r, Record<string, C>[]>(true)
  for await (const r of rows.through(
    mapRows((row) => {
      same<typeof row, Row>(true)
      return { a: 1 }
    }),
    filterRows((o) => o.a > 1),
    batchRows(10),
  ))
    same<typeof r, { a: number }[]>(true)
  for await (const r of rows.through(selectColumns(['a']), castCells(), labelCells()))
    same<typeof r, (C | string | null)[]>(true)
  for await (const r of rows.through(castCells(), selectColumns(['a']))) same<typeof r, C[]>(true)
  for await (const r of rows.through(validateRows(z.tuple([z.string(), z.number()])), batchRows(3)))
    same<typeof r, [string, number][]>(true)
  for await (const r of rows.through(toObjects(), toCsv())) same<typeof r, Buffer>(true)
  for await (const r of rows.through(toObjects(), async function* (source) {
    for await (const o of source) yield o['a'] as string
  }))
    same<typeof r, string>(true)
  for await (const r of rows.through(new PassThrough({ objectMode: true }))) same<typeof r, unknown>(true)
  for await (const r of rows.through(castCells()).through(toObjects()))
    same<typeof r, Record<string, C>>(true)
  for await (const r of rows.through(castCells(), toArrow({ columns: { value: 'TEXT' } })))
    same<typeof r, Buffer>(true)
  const s: Readable = rows.through(toCsv(), countBytes())
  void s
}

export async function tablesTellTheirColumns(query: GridQuery): Promise<void> {
  const table = await query.table({ columns: { value: 'NUMBER' } })
  same<typeof table, Table>(true)
  // @ts-expect-error No value type.
  await query.table({ columns: { value: 'number' } })
  const column = table.columns['value']
  if (column?.kind === 'number') same<typeof column.values, Float64Array>(true)
  if (column?.kind === 'boolean') same<typeof column.values, Int8Array>(true)
  if (column?.kind === 'text') same<typeof column.codes, Int32Array>(true)
  for (const row of table) same<typeof row, unknown[]>(true)
}

it('The types of rows are tested by the compiler', () => undefined)
