import { RecordBatchReader, type Schema } from 'apache-arrow'

export interface ReadArrow {
  schema: Schema
  /** How many rows each batch has. */
  batches: number[]
  rows: unknown[][]
}

/** What another reader makes of an Arrow stream, batch by batch. */
export function readArrow(bytes: Uint8Array): ReadArrow {
  const reader = RecordBatchReader.from(bytes).open()
  // Which it has no more at the end.
  const { schema } = reader
  const batches: number[] = []
  const rows: unknown[][] = []
  for (const batch of reader) {
    // It makes an empty one where there is none.
    if (batch.numRows > 0) batches.push(batch.numRows)
    const columns = batch.schema.fields.map((_, i) => batch.getChildAt(i)!)
    for (let i = 0; i < batch.numRows; i++) rows.push(columns.map((column) => column.get(i) as unknown))
  }
  return { schema, batches, rows }
}

/** The types of a schema, as apache-arrow writes them. */
export function typesOf({ fields }: Schema): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, String(type)]))
}
