/**
 * What becomes of the rows of a grid: row arrays, or something made straight from their bytes. A taker runs over the
 * bytes of rows it knows how to take at speed, and stops at the first it does not; that row it is then given parsed.
 */
export interface Taker<T> {
  /** How many rows it has been through, in all. */
  readonly rowCount: number
  /** Whether the last run ended at the bracket that closes the rows array. */
  readonly closed: boolean
  /**
   * Takes whole rows of `width` cells from `bytes`, where one starts at `from`. Returns the start of the first
   * row that is not whole or not plain, or the index of the closing bracket. What it takes must be well-formed
   * JSON in valid UTF-8, of that width: it is nobody else's to check.
   */
  run(bytes: Buffer, from: number, width: number): number
  /**
   * Takes one row whose bytes came in more than one piece, a comma behind it, and says whether it did: as for `run`, and for
   * takers that gain by it, as each piece of a body has one.
   */
  runOne?(bytes: Buffer, width: number): boolean
  add(row: unknown[]): void
  /** What was made of the rows since the last call. */
  take(): T
}
