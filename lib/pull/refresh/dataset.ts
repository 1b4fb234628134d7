import { isSameQuestion } from '../journal/question.ts'
import type { Plan } from '../piece.ts'
import type { DatasetHead, OpenStore, PieceEvent } from '../store.ts'
import { type Axes, axesOf } from './axes.ts'
import { Holdings } from './holdings.ts'
import { withLaterData } from './later-data.ts'
import { isSameMeaning, meaningDifferences } from './meaning.ts'
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
  #question: DatasetHead['question']

  constructor(open: OpenStore, planFrom: (json: unknown) => Plan) {
    this.#planFrom = planFrom
    this.holdings = new Holdings(open.events)
    this.store = observed(open, (event) => this.holdings.add(event))
    this.#question = open.head.question
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
    return isSameMeaning(this.#plans.at(-1)!.toJSON(), head.plan)
  }

  /** What it means today and did not, a line each. */
  differencesFrom({ plan }: DatasetHead): string[] {
    return meaningDifferences(this.#plans.at(-1)!, this.#planFrom(plan))
  }

  /** Whether it is asked in the same words as when it was last planned, but for their order. */
  isAskedAs({ question }: DatasetHead): boolean {
    return isSameQuestion(this.#question, question)
  }

  /** Takes another plan, keeps what is there of it and drops the rest. */
  async move({ plan: json, question }: DatasetHead): Promise<PieceEvent & { type: 'plan' }> {
    const plan = this.#planFrom(withLaterData(this.#plans.at(-1)!.toJSON(), json))
    const moved = movedPlan(this.#plan, plan, this.holdings)
    const event = isSameQuestion(this.#question, question) ? moved : { ...moved, question }
    await this.store.note(event)
    this.#plans.push(plan)
    this.#question = question
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
    readsMetaData: open.readsMetaData,
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
