import type { Readable } from 'node:stream'
import { Dhis2ClientError, GridFormatError, type RequestSummary } from '../errors.ts'
import { frameSchema, type Grid, type Row } from '../grid/grid.ts'
import { GridReader } from '../grid/grid-reader.ts'
import { RowsLane } from '../grid/rows-lane.ts'

/**
 * The whole grid of a response body. What `parseRows` does to a stream, kept.
 *
 * @throws what `parseRows` fails with, and GridFormatError where a field of the grid is not what it should be.
 */
export async function collect(body: Readable & { request: RequestSummary }): Promise<Grid> {
  let rows: Row[] = []
  const reader = new GridReader({ onHeaders: () => undefined })
  const lane = new RowsLane({ keepAll: true })
  try {
    for await (const chunk of body) for (const all of reader.read(chunk, () => lane)) rows = all
    for (const all of reader.end(lane)) rows = all
    return gridOf(reader.fields, rows)
  } catch (error) {
    throw error instanceof Dhis2ClientError ? error.during(body.request) : error
  }
}

function gridOf(fields: ReadonlyMap<string, unknown>, rows: Row[]): Grid {
  const frame = Object.fromEntries(fields)
  const metaData = frame['metaData'] ?? {}
  const result = frameSchema.safeParse({ ...frame, metaData })
  if (!result.success) {
    const [issue] = result.error.issues
    throw new GridFormatError(`${issue?.path.join('.')}: ${issue?.message}`, { offset: 0 })
  }
  const headers = frame['headers'] as Grid['headers']
  return {
    width: rows[0]?.length ?? 0,
    height: rows.length,
    headerWidth: headers.length,
    ...frame,
    headers,
    metaData: metaData as Grid['metaData'],
    rows,
  }
}
