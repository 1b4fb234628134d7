import type { PostgresStatements } from '../../sinks/postgres/statements.ts'
import type { ServerPlaces } from './places.ts'
import type { SharedRun } from './shared-run.ts'
import { type Claim, LostError, renewWork } from './work.ts'

/**
 * Holds what this process has taken as long as it is at it. What it has lost, or could not renew in time, it lets go of
 * at once, as another may ask for it by now.
 */
export class Heartbeat {
  readonly #holder: string
  readonly #leaseMs: number
  readonly #places: ServerPlaces
  readonly #inside: <T>(work: (statements: PostgresStatements) => Promise<T>) => Promise<T>
  readonly #held = new Map<Claim, { readonly run: SharedRun; until: number }>()
  readonly #timer: NodeJS.Timeout
  #beating: Promise<void> | undefined

  constructor(
    holder: string,
    leaseMs: number,
    places: ServerPlaces,
    inside: <T>(work: (statements: PostgresStatements) => Promise<T>) => Promise<T>,
  ) {
    this.#holder = holder
    this.#leaseMs = leaseMs
    this.#places = places
    this.#inside = inside
    this.#timer = setInterval(() => this.#beat(), leaseMs / 4).unref()
  }

  /** From a moment before it was taken. */
  hold(run: SharedRun, claim: Claim, since: number): void {
    this.#held.set(claim, { run, until: since + this.#leaseMs })
  }

  letGo(claim: Claim): void {
    this.#held.delete(claim)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#beating
  }

  #beat(): void {
    const now = performance.now()
    for (const [claim, { until }] of this.#held) if (until < now) lose(claim)
    if (this.#held.size === 0) return
    this.#beating ??= this.#renew()
      .catch(() => undefined)
      .finally(() => {
        this.#beating = undefined
      })
  }

  async #renew(): Promise<void> {
    const since = performance.now()
    const held = [...this.#held]
    // In one order, as others hold several too.
    const runs = [...new Set(held.map(([, { run }]) => run))].sort((a, b) => (a.run < b.run ? -1 : 1))
    const [kept, places] = await this.#inside(async (statements) => {
      const names = new Set<string>()
      for (const run of runs) {
        await run.journal.renew(statements, run.holder)
        const work = await renewWork(statements.query, run.run, this.#holder, this.#leaseMs)
        for (const name of work) names.add(`${run.run} ${name}`)
      }
      return [names, await this.#places.renew(statements.query, this.#holder)] as const
    })
    for (const [claim, each] of held) {
      const isOurs = kept.has(`${each.run.run} ${claim.piece} ${claim.attempt}`) && places.has(claim.place)
      if (isOurs) each.until = since + this.#leaseMs
      // Done meanwhile, it is there no more.
      else if (this.#held.has(claim)) lose(claim)
    }
  }
}

function lose(claim: Claim): void {
  claim.lost.abort(new LostError(`Another worker may have piece ${claim.piece}`))
}
