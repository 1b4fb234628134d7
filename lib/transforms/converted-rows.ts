/**
 * Rows that were made into the next stage's output before they ever were rows. `parseRows` writes them to a `toCsv`
 * that is its only reader; no one else ever sees one.
 */
export class ConvertedRows {
  readonly bytes: Buffer
  /** How many rows there were, with these. */
  readonly rowCount: number

  constructor(bytes: Buffer, rowCount: number) {
    this.bytes = bytes
    this.rowCount = rowCount
  }
}
