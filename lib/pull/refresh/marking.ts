import { Asker } from '../../asking/asker.ts'
import type { FreshnessReport, RefreshReport } from '../events.ts'
import type { Judge } from '../freshness/judge.ts'
import { isPassing } from '../freshness/passing.ts'
import type { Sighting } from '../freshness/pin.ts'
import { grouped } from '../grouped.ts'
import type { PieceId } from '../piece.ts'
import type { Tools } from '../run/run-events.ts'
import type { DatasetHead } from '../store.ts'
import { type Axes, paramOf } from './axes.ts'
import { changedValues } from './changed-values.ts'
import type { Dataset } from './dataset.ts'
import { differences } from './fingerprint.ts'
import { askKnowledge, type Knowledge } from './knowledge.ts'
import type { Known, Unsettled } from './known.ts'
import { lastPeriods } from './last-periods.ts'
import { type Needs, needsOf } from './needs.ts'
import { type Change, PieceMarks } from './piece-marks.ts'
import { cellOf } from './probes.ts'
import { Probing } from './probing.ts'
import { isoSpan } from './reach.ts'
import type { PullRefreshOptions } from './refresh-options.ts'
import { unsettledAtFirst } from './unsettled.ts'

const dayMs = 86_400_000

/** Values are entered in transactions that end later than they say. */
const slackMs = 3_600_000

/** Finds out what of a dataset may not be true any more, notes it, and keeps why. */
export class Marking {
  readonly #dataset: Dataset
  readonly #options: PullRefreshOptions
  readonly #tools: Tools
  /** What was seen of the server before anything was asked for. */
  readonly #seen: Sighting
  readonly #asker: Asker
  #axes!: Axes
  /** Data items that were not asked for before: nothing is there that could differ. */
  #arrived: ReadonlySet<string> = new Set()
  #knowledge!: Knowledge
  #needs!: Needs
  #probing: Probing | undefined
  #unsettled: readonly Unsettled[] = []
  #differences: readonly string[] = []
  readonly #why: Record<string, number> = {}
  #isFull = false
  #isProbing = false
  #pieceCount = 0
  #changedValueCount = 0
  #droppedCount = 0
  #addedCount = 0
  #probeFailure: string | undefined
  /** Cells of the coarse questions in which values have changed. */
  #touched: ReadonlySet<string> = new Set()

  constructor(dataset: Dataset, options: PullRefreshOptions, seen: Sighting, tools: Tools) {
    this.#dataset = dataset
    this.#options = options
    this.#tools = tools
    this.#seen = seen
    this.#asker = new Asker(tools.server, tools.call, tools.signal)
  }

  get #known(): Known | undefined {
    return this.#dataset.holdings.known.at(-1)
  }

  /** Takes what the question means today, where that is something else than the last time. */
  async move(head: DatasetHead): Promise<void> {
    const dataset = this.#dataset
    if (!dataset.isPlannedAs(head) || !dataset.isAskedAs(head)) {
      const before = new Set(dataset.axes.dx)
      const { dropped, stale, kept, pieceCount } = await dataset.move(head)
      this.#arrived = new Set(dataset.axes.dx.filter((item) => !before.has(item)))
      this.#droppedCount = dropped.length + stale.length
      this.#addedCount = pieceCount - kept.reduce((sum, [from, to]) => sum + to - from + 1, 0)
    }
    const { server, call, signal } = this.#tools
    this.#axes = dataset.axes
    this.#knowledge = await askKnowledge(server, call, signal, this.#axes)
    const { things } = this.#knowledge.fingerprint
    this.#needs = needsOf(this.#axes.dx, things, paramOf(this.#axes, 'aggregationType'))
    if (this.#axes.isProbed) {
      this.#probing = new Probing(
        this.#asker,
        this.#axes,
        this.#knowledge.hierarchy,
        this.#needs.needs,
        dataset.holdings.known,
      )
    }
  }

  /** Notes what is stale, and why. `judge` knows from which tables pieces are. */
  async mark(judge: Judge | undefined): Promise<void> {
    const known = this.#known
    const { leaves } = this.#dataset.holdings
    this.#compare(known)
    if (leaves.size > 0) {
      const why = this.#whyFull(known)
      if (why !== undefined) {
        this.#isFull = true
        await this.#note(new Map(Array.from(leaves.keys(), (id) => [id, why])))
      } else await this.#note(await this.#marks(known!, judge))
    } else this.#isFull = true
    this.#isProbing ||= this.#isFull
  }

  /** What has changed until now too, as tables were replaced meanwhile. */
  async again(): Promise<readonly PieceId[]> {
    const known = this.#known
    if (!known || this.#isFull) return []
    return [...(await this.#marks(known, undefined)).keys()]
  }

  report(): RefreshReport {
    return {
      pieceCount: this.#pieceCount,
      why: this.#why,
      isFull: this.#isFull,
      changedValueCount: this.#changedValueCount,
      differences: this.#differences,
      droppedCount: this.#droppedCount,
      addedCount: this.#addedCount,
      holes: this.#needs.holes,
      ...(this.#probeFailure !== undefined && { probeFailure: this.#probeFailure }),
    }
  }

  /** What the dataset is true to when all is pulled. */
  async known(freshness: FreshnessReport | undefined): Promise<Known> {
    const { pin, at } = this.#seen
    const before = this.#dataset.holdings.known
    const { fingerprint } = this.#knowledge
    const last = before.findLast((each) => each.fingerprint)?.fingerprint
    const isSame = JSON.stringify(last) === JSON.stringify(fingerprint)
    // Tables that were begun before a change was seen may not show it.
    const unsettled = this.#unsettled.filter(({ seenAt }) => Date.parse(pin.tables) <= Date.parse(seenAt))
    const isAsking = this.#probing && this.#options.probeEveryDays !== Number.POSITIVE_INFINITY
    const { probedAt } = before.at(-1) ?? {}
    const isWhole = this.#isProbing || probedAt === undefined
    let probes: Known['probes']
    const isAsked =
      isAsking &&
      (await this.#probed(async () => {
        probes = await this.#probing!.renewed(isWhole ? undefined : this.#touched)
      }))
    return {
      run: this.#dataset.store.run,
      ...(freshness && { suspect: freshness.suspect, isProven: freshness.isProven }),
      pin,
      at,
      fullAt: this.#isFull ? at : (this.#known?.fullAt ?? at),
      ...(!isSame && { fingerprint }),
      ...(unsettled.length > 0 && { unsettled }),
      probedAt: isAsked && isWhole ? at : probedAt,
      ...(isAsked && isWhole && { probedAxes: this.#probing!.axes }),
      ...(probes && { probes }),
    }
  }

  /** Whether coarse questions were answered: without them a refresh goes on, and asks them the next time. */
  async #probed(ask: () => Promise<unknown>): Promise<boolean> {
    try {
      await ask()
      return true
    } catch (error) {
      if (this.#tools.signal.aborted || !isPassing(error)) throw error
      this.#probeFailure = error.message
      return false
    }
  }

  #compare(known: Known | undefined): void {
    const { fingerprint, nameOf } = this.#knowledge
    const { known: all } = this.#dataset.holdings
    const was = all.findLast((each) => each.fingerprint)?.fingerprint
    const { dx: items, dimensions } = this.#axes
    const there = items.filter((item) => !this.#arrived.has(item))
    const found = was ? differences(was, fingerprint, { items: there, dimensions }, nameOf) : []
    this.#differences = found.map(({ text }) => text)
    const seenAt = this.#seen.at
    this.#unsettled = [
      ...(known?.unsettled ?? []),
      ...found.map((each) => ({ ...each, seenAt })),
      ...(was ? [] : unsettledAtFirst(this.#knowledge, this.#seen)),
    ]
  }

  #whyFull(known: Known | undefined): string | undefined {
    if (!known) return 'it is not known what it was pulled with'
    const { fullEveryDays = 30, metadata = 'all' } = this.#options
    if (metadata === 'all' && this.#unsettled.length) return `metadata: ${this.#unsettled[0]!.text}`
    return this.#isDue(known.fullAt, fullEveryDays) ? 'a full pull is due' : undefined
  }

  #isDue(last: string, days: number): boolean {
    return Date.parse(this.#seen.at) - Date.parse(last) >= days * dayMs
  }

  async #marks(known: Known, judge: Judge | undefined): Promise<ReadonlyMap<PieceId, string>> {
    const { periods = 3, probeEveryDays = 7 } = this.#options
    const marks = this.#newMarks()
    const suspects = new Set(known.suspect)
    for (const [id, leaf] of this.#dataset.holdings.leaves) {
      const isJudged = known.isProven === true && leaf.run <= known.run
      const isSuspect = isJudged ? suspects.has(id) : judge?.verdict(leaf) === 'suspect'
      if (isSuspect) marks.add(id, 'answered while tables were replaced')
    }
    if (periods > 0) {
      marks.items(`one of the last ${periods} periods`, {
        pe: lastPeriods(this.#axes.pe, periods, this.#seen.at.slice(0, 10)),
      })
      this.#markDays(marks, periods)
    }
    for (const { text, dx, ou } of this.#unsettled) {
      marks.items(`metadata: ${text}`, { dx, ou })
      if (!ou || this.#axes.ou.some((id) => ou.includes(id))) this.#markUntold(marks, `metadata: ${text}`)
    }
    const cells = this.#cellMarks()
    await this.#eachChange(known, (change) => {
      marks.change(change)
      cells?.change(change)
    })
    this.#touched = new Set(cells?.marked.keys())
    this.#isProbing = known.probedAt === undefined || this.#isDue(known.probedAt, probeEveryDays)
    if (this.#isProbing)
      this.#isProbing = await this.#probed(async () => this.#probing?.mark(marks, this.#touched))
    return marks.marked
  }

  #newMarks(): PieceMarks {
    const { plan, holdings } = this.#dataset
    const pieces = [...holdings.leaves.keys()].map((id) => plan.piece(id))
    return this.#marksOf(pieces)
  }

  #marksOf(
    pieces: Iterable<{ id: string; covers: Readonly<Record<string, readonly string[]>> | undefined }>,
  ) {
    const { aboveOf } = this.#knowledge.hierarchy
    return new PieceMarks({ pieces, needs: this.#needs.needs, spanOf: isoSpan, aboveOf })
  }

  #cellMarks(): PieceMarks | undefined {
    if (!this.#probing) return undefined
    const { dx, pe, ou } = this.#probing.axes
    return this.#marksOf(
      dx.flatMap((item) =>
        pe.flatMap((year) =>
          ou.map((id) => ({ id: cellOf(item, year, id), covers: { dx: [item], pe: [year], ou: [id] } })),
        ),
      ),
    )
  }

  async #eachChange({ pin }: Known, take: (change: Change) => void): Promise<void> {
    if (this.#options.changedValues === false) return
    const { api, ou } = this.#axes
    const { hierarchy } = this.#knowledge
    const all = ou.length ? ou : [...hierarchy.parents.keys()]
    const options = {
      elements: [...new Set(this.#needs.needs.map(({ element }) => element))],
      orgUnits: all,
      hierarchy,
      sinceMs: Date.parse(pin.tables) - slackMs,
      api,
    }
    this.#changedValueCount = 0
    await changedValues(this.#asker, options, (value) => {
      this.#changedValueCount += 1
      take(value)
    })
  }

  /** What does not tell of which items it has rows: lists, and raw data. */
  #markUntold(marks: PieceMarks, why: string): void {
    const { plan, holdings } = this.#dataset
    for (const id of holdings.leaves.keys()) if (!plan.piece(id).covers) marks.add(id, why)
  }

  /** Of lists the days of so many months that have begun, and all that is cut by nothing that tells. */
  #markDays(marks: PieceMarks, months: number): void {
    const { plan, holdings } = this.#dataset
    const [year, month] = this.#seen.at.split('-').map(Number)
    const from = new Date(Date.UTC(year!, month! - months, 1)).toISOString().slice(0, 10)
    for (const id of holdings.leaves.keys()) {
      const { covers, days } = plan.piece(id)
      if (!covers && (!days || days.to >= from)) marks.add(id, `one of the last ${months} months`)
    }
  }

  async #note(marked: ReadonlyMap<PieceId, string>): Promise<void> {
    const byReason = grouped([...marked], ([, why]) => why)
    for (const [why, { length }] of byReason) this.#why[why] = (this.#why[why] ?? 0) + length
    this.#pieceCount = marked.size
    const { store, holdings } = this.#dataset
    for (const [why, all] of byReason) {
      const pieces = all.map(([id]) => id)
      await store.note(holdings.staleEvent(pieces, why))
    }
  }
}
