import { type RequestSummary, TruncatedResponseError } from '../errors.ts'

/** A number of rows that the server told, and the rows of the parts that have to come to it. */
export class Total {
  readonly #expected: number
  #received = 0
  #openParts: number

  constructor(expected: number, parts: number) {
    this.#expected = expected
    this.#openParts = parts
  }

  /** One of the parts is cut into so many. */
  cut(parts: number): void {
    this.#openParts += parts - 1
  }

  /**
   * One of the parts has ended, with so many rows.
   *
   * @throws TruncatedResponseError where it was the last and the sum is another.
   */
  add(rows: number, request: RequestSummary): void {
    this.#received += rows
    this.#openParts -= 1
    if (this.#openParts > 0 || this.#received === this.#expected) return
    throw new TruncatedResponseError(
      `The server counted ${this.#expected} rows, but its parts have ${this.#received}`,
      { request, unit: 'rows', expected: this.#expected, received: this.#received },
    )
  }
}
