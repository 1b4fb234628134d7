import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Header, type MetaData, parseRows, type RowStream } from 'dhis2-analytics-stream'
import { gives } from '../../lib/streams/gives.ts'
import { chunksOf } from './chunks.ts'

/** A header as current servers send it. */
export function header(name: string, valueType = 'TEXT', more: Partial<Header> = {}): Header {
  return { name, column: `The ${name}`, valueType, hidden: false, meta: true, ...more }
}

/** The bytes of a grid, its keys in the usual order. */
export function gridBytes(
  headers: readonly Header[],
  rows: readonly unknown[][],
  metaData?: MetaData,
): Buffer {
  return Buffer.from(JSON.stringify({ headers, ...(metaData && { metaData }), rows, height: rows.length }))
}

/** The rows of a grid whose bytes come in pieces, as from a server: all behind the first of them in slices, where they are wanted so. */
export function parsedRows(
  headers: readonly Header[],
  rows: readonly unknown[][],
  metaData?: MetaData,
): RowStream {
  const pieces = chunksOf(gridBytes(headers, rows, metaData), 20_000)
  return Readable.from(pieces, { objectMode: false }).pipe(parseRows()) as unknown as RowStream
}

/** A row stream of whatever rows, which a parser would not let through. */
export function announcedRows(
  headers: readonly Header[],
  rows: Iterable<unknown>,
  metaData?: MetaData,
): Readable {
  return Object.assign(Readable.from(rows), { headers, metaData, [gives]: 'rows' })
}

/** Some of a grid, through `parseRows` and these stages; what comes out of the last one, and what it announced. */
export async function through(
  { headers = [], rows = [], metaData }: { headers?: Header[]; rows?: unknown[][]; metaData?: MetaData },
  ...stages: Transform[]
): Promise<{ out: unknown[]; headers: readonly Header[] | undefined; last: RowStream }> {
  const out: unknown[] = []
  const last = stages.at(-1) as unknown as RowStream
  await pipeline([
    Readable.from([gridBytes(headers, rows, metaData)], { objectMode: false }),
    parseRows(),
    ...stages,
    async function* (made: AsyncIterable<unknown>) {
      for await (const each of made) out.push(each)
      yield* []
    },
  ] as never)
  return { out, headers: last.headers, last }
}

/** Some text of what came out as bytes. */
export function textOf(out: unknown[]): string {
  return Buffer.concat(out as Buffer[]).toString()
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
