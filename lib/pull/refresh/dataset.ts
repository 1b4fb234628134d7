import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../piece.ts'
import type { DatasetHead, OpenStore, PieceEvent } from '../store.ts'
import { type Axes, axesOf } from './axes.ts'
import { Holdings } from './holdings.ts'
import { movedPlan } from './move-plan.ts'
import { SuccessivePlans } from './successive-plans.ts'

/** A dataset that is held by this run: what it holds, and all plans that it had. */
export class Dataset {
  readonly holdings: Holdings
  /** How many pieces its first plan has. */
  readonly firstCount: number
  /** Whoever writes through it has it known here. */
  readonly store: OpenStore
  readonly #planFrom: (json: unknown) => Plan
  readonly #plans: Plan[]
  #plan: SuccessivePlans

  constructor(open: OpenStore, planFrom: (json: unknown) => Plan) {
    this.#planFrom = planFrom
    this.holdings = new Holdings(open.events)
    this.store = observed(open, (event) => this.holdings.add(event))
    const first = planFrom(open.head.plan)
    this.firstCount = first.pieceCount
    this.#plans = [first, ...this.holdings.plans.map(({ plan }) => planFrom(plan))]
    this.#plan = new SuccessivePlans(this.#plans)
  }

  get plan(): SuccessivePlans {
    return this.#plan
  }

  /** What it was asked for last. */
  get axes(): Axes {
    return axesOf(this.#plans.at(-1)!)
  }

  /** Whether its question means today what it meant when it was last planned. */
  isPlannedAs(head: DatasetHead): boolean {
    return isDeepStrictEqual(meaningOf(this.#plans.at(-1)!.toJSON()), meaningOf(head.plan))
  }

  /** Takes another plan, keeps what is there of it and drops the rest. */
  async move({ plan: json }: DatasetHead): Promise<PieceEvent & { type: 'plan' }> {
    const plan = this.#planFrom(json)
    const event = movedPlan(this.#plan, plan, this.holdings)
    await this.store.note(event)
    this.#plans.push(plan)
    this.#plan = new SuccessivePlans(this.#plans)
    await this.dropRest()
    return event
  }

  /** Removes what the last plan dropped, where a crash came before. */
  async dropRest(): Promise<void> {
    const { dropping } = this.holdings
    if (dropping.length === 0) return
    await this.store.drop(dropping.map((id) => this.#plan.piece(id)))
    await this.store.note({ type: 'dropped' })
  }
}

function observed(open: OpenStore, tell: (event: PieceEvent) => void): OpenStore {
  const noted: PieceEvent[] = []
  return {
    head: open.head,
    run: open.run,
    get events() {
      return both(open.events, noted)
    },
    async write(piece, rows, factsOf) {
      const facts = await open.write(piece, rows, factsOf)
      tell({ type: 'done', piece: piece.id, facts })
      return facts
    },
    async note(event) {
      await open.note(event)
      noted.push(event)
      tell(event)
    },
    drop: (pieces) => open.drop(pieces),
    finish: () => open.finish(),
    close: () => open.close(),
  }
}

function* both(first: Iterable<PieceEvent>, second: Iterable<PieceEvent>): Generator<PieceEvent, void> {
  yield* first
  yield* second
}

/** What a question stands for, in whatever pieces it is cut. */
function meaningOf(plan: unknown): unknown {
  const { question } = plan as { question?: object }
  return JSON.parse(JSON.stringify(question ? { ...question, notes: undefined } : plan))
}
