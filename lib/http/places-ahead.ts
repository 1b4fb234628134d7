/**
 * Places for what is fetched before anybody reads it: one fewer than there are connections, as a body that waits for
 * its reader holds one, and what is read now must not wait for it.
 */
export class PlacesAhead {
  #free: number

  constructor(places: number) {
    this.#free = places
  }

  /** Takes a place, if there is one. */
  take(): boolean {
    if (this.#free <= 0) return false
    this.#free -= 1
    return true
  }

  give(): void {
    this.#free += 1
  }
}
