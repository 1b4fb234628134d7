import type { Readable } from 'node:stream'
import { Dhis2ClientError, GridFormatError, type RequestSummary } from '../errors.ts'
import { frameSchema, type Grid, type Row } from '../grid/grid.ts'
import { GridReader } from '../grid/grid-reader.ts'
import { RowTaker } from '../grid/row-taker.ts'
import type { Taker } from '../json/taker.ts'

export type GridBody = Readable & { request: RequestSummary }

/**
 * The whole grid of a response body. What `parseRows` does to a stream, kept.
 *
 * @throws what `parseRows` fails with, and GridFormatError where a field of the grid is not what it should be.
 */
export function collect(body: GridBody): Promise<Grid> {
  let rows: Row[] = []
  const reader = new GridReader({ onHeaders: () => undefined })
  const keep = (all: Row[]) => {
    rows = all
  }
  return readWhole(body, reader, new RowTaker({ keepAll: true }), keep, () => gridOf(reader.fields, rows))
}

/** Reads a body to its end, and makes something of it then. Whatever fails names the request. */
export async function readWhole<Taken, T>(
  body: GridBody,
  reader: GridReader,
  taker: Taker<Taken>,
  keep: (taken: Taken) => void,
  end: () => T,
): Promise<T> {
  const keepAll = (slices: Iterable<Taken>) => {
    for (const slice of slices) keep(slice)
  }
  try {
    await eachChunk(body, (chunk) => keepAll(reader.read(chunk, () => taker)))
    keepAll(reader.end(taker))
    return end()
  } catch (error) {
    throw error instanceof Dhis2ClientError ? error.during(body.request) : error
  }
}

/** `for await`, less the async iterator, whose price shows where there are many small answers. */
function eachChunk(body: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        body.destroy(error as Error)
      }
    })
    body.once('end', resolve)
    body.once('error', reject)
    // Begun at once, as what has not begun is ended without an error where the client is closed.
    body.read(0)
  })
}

/** @throws GridFormatError where a field is not what it should be */
export function gridOf(fields: ReadonlyMap<string, unknown>, rows: Row[]): Grid {
  const frame = Object.fromEntries(fields)
  const metaData = frame['metaData'] ?? {}
  const { width, headerWidth } = frame
  const result = frameSchema.safeParse({ metaData, width, headerWidth })
  if (!result.success) {
    const [issue] = result.error.issues
    throw new GridFormatError(`${issue?.path.join('.')}: ${issue?.message}`, { offset: 0 })
  }
  const headers = frame['headers'] as Grid['headers']
  return {
    ...frame,
    width: result.data.width ?? rows[0]?.length ?? 0,
    height: rows.length,
    headerWidth: result.data.headerWidth ?? headers.length,
    headers,
    metaData: metaData as Grid['metaData'],
    rows,
  }
}
