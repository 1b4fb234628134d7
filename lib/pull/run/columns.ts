import { DatasetError } from '../../errors.ts'
import type { Header } from '../../grid/grid.ts'

/** The columns that all pieces have: those of the first, in whatever order others give them. */
export class SharedColumns {
  #headers: readonly Header[] | undefined
  #keys: readonly string[] = []

  constructor(headers?: readonly Header[]) {
    if (headers) this.#keep(headers)
  }

  /** Undefined before there was a piece. */
  get headers(): readonly Header[] | undefined {
    return this.#headers
  }

  /**
   * Where each of the columns stands in a piece with these headers.
   *
   * @throws DatasetError where it has others.
   */
  placesIn(headers: readonly Header[]): readonly number[] {
    if (!this.#headers) this.#keep(headers)
    const keys = keysOf(headers)
    const places = this.#keys.map((key) => keys.indexOf(key))
    if (keys.length === places.length && !places.includes(-1)) return places
    throw new DatasetError(
      `A piece has the columns ${named(headers)}, where those before it have ${named(this.#headers!)}; begin a new dataset`,
    )
  }

  #keep(headers: readonly Header[]): void {
    this.#headers = headers
    this.#keys = keysOf(headers)
  }
}

/** Names, as the same column may be there twice. */
function keysOf(headers: readonly Header[]): string[] {
  const counts = new Map<string, number>()
  return headers.map(({ name }) => {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return `${count} ${name}`
  })
}

function named(headers: readonly Header[]): string {
  return headers.map(({ name }) => name).join(', ') || 'none'
}
