import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RequestSummary } from '../errors.ts'
import { mergeMetaData } from '../grid/merge-meta-data.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { rowsOf } from '../kernel/block.ts'
import type { Target } from '../query/query.ts'
import { AskedRows } from '../rows/asked-rows.ts'
import { PartsSink } from '../rows/parts-sink.ts'
import type { RowStream } from '../rows/row-stream.ts'
import { SliceOutlet } from '../rows/slice-outlet.ts'
import { isBlock, type Part, Slice, type SliceSource, slices, type Wanted } from '../rows/slices.ts'
import type { OpenStore } from './store.ts'

/** Rows of a piece at most, as far as can be told: it is held in memory until all of it is there. */
const mostRows = 200_000

export interface SplitRowsOptions {
  /** What is asked for, for error messages. */
  readonly request: RequestSummary
  /** Waited for before the end, where nothing had a row. */
  readonly onEmpty: () => Promise<void>
}

/**
 * The rows of a question that is asked in pieces, as one row stream, in no order among the pieces. Nothing is sent before
 * the first read. Pieces are asked for beside each other, and each is held until it is whole, so that what fails can be
 * asked for again or cut; a piece that can't be had fails the stream.
 */
export class SplitRows extends AskedRows implements SliceSource {
  readonly #server: Server
  readonly #target: Target
  readonly #call: CallOptions
  readonly #onEmpty: () => Promise<void>
  readonly #outlet = new SliceOutlet(this, () => this.goOn())
  #turn: Promise<void> = Promise.resolve()

  constructor(target: Target, server: Server, call: CallOptions, { request, onEmpty }: SplitRowsOptions) {
    super(request, call.signal)
    this.#target = target
    this.#server = server
    this.#call = call
    this.#onEmpty = onEmpty
  }

  [slices](sink: Writable, wanted: Wanted): void {
    if (wanted.parts) this.#outlet.open(sink, wanted)
  }

  protected override async run(): Promise<void> {
    // Loaded for those who split.
    const [{ planPull }, { runInMemory }] = await Promise.all([
      import('./plan-pull.ts'),
      import('./run/in-memory.ts'),
    ])
    const call = { ...this.#call, signal: this.ending }
    const { plan } = await planPull(this.#server, this.#target, call, { cells: mostRows })
    await runInMemory(this.#server, plan, call, mostRows, (_, rows, factsOf) => this.#take(rows, factsOf))
    if (this.destroyed) return
    if (!this.headers) this.announce([])
    if (this.rowCount === 0) await this.#onEmpty()
  }

  readonly #take = async (
    rows: RowStream,
    factsOf: Parameters<OpenStore['write']>[2],
  ): ReturnType<OpenStore['write']> => {
    const held = new PartsSink('rows')
    await pipeline(rows, held)
    const facts = factsOf()
    // One piece behind the other, each beside what follows on the wire.
    this.#turn = this.#turn.then(() => this.#hand(rows, held.parts))
    await this.#turn
    return facts
  }

  async #hand({ headers = [], metaData }: RowStream, parts: readonly Part[]): Promise<void> {
    if (metaData) this.metaData = mergeMetaData(this.metaData, metaData)
    if (!this.headers && headers.length) this.announce(headers)
    for (const part of parts) {
      if (this.destroyed) return
      if (this.#outlet.wanted) {
        this.rowCount += isBlock(part) ? part.rowCount : part.length
        this.#outlet.write(new Slice([part], this.rowCount))
        await this.wanted()
        continue
      }
      for (const row of isBlock(part) ? rowsOf(part) : part) if (!this.hand(row)) await this.wanted()
    }
  }
}
