/** The lists of ids that pieces have on one axis, each once, by number. The list that is none holds all. */
export class AxisClasses {
  readonly #numbers = new Map<string, number>()
  readonly #known = new Map<readonly string[], number>()
  readonly #holders = new Map<string, number[]>()
  #any: number | undefined
  #count = 0

  /** The number of a list. */
  add(ids: readonly string[] | undefined): number {
    if (!ids) {
      this.#any ??= this.#count++
      return this.#any
    }
    const known = this.#known.get(ids)
    if (known !== undefined) return known
    const text = ids.join()
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#count++
      this.#numbers.set(text, number)
      for (const id of new Set(ids)) {
        const holders = this.#holders.get(id)
        if (holders) holders.push(number)
        else this.#holders.set(id, [number])
      }
    }
    this.#known.set(ids, number)
    return number
  }

  /** The lists that hold an id. */
  of(id: string): readonly number[] {
    const holders = this.#holders.get(id) ?? []
    return this.#any === undefined ? holders : [...holders, this.#any]
  }

  /** The lists that hold one of these, in order; all where there are none to be held. */
  holding(ids: Iterable<string> | undefined): readonly number[] {
    if (!ids) return Array.from({ length: this.#count }, (_, number) => number)
    const found = new Set<number>(this.#any === undefined ? [] : [this.#any])
    for (const id of ids) for (const number of this.#holders.get(id) ?? []) found.add(number)
    return [...found].toSorted((a, b) => a - b)
  }

  /** The lists that hold one of which this is true. */
  where(isWanted: (id: string) => boolean): readonly number[] {
    return this.holding([...this.#holders.keys()].filter(isWanted))
  }
}
