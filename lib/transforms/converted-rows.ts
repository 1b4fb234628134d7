/**
 * Rows that were made into the next stage's output before they ever were rows. `parseRows` writes them to a `toCsv`
 * that is its only reader; no one else ever sees one.
 */
export class ConvertedRows {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
}
