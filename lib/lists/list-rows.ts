import { Asker } from '../asking/asker.ts'
import type { RequestSummary } from '../errors.ts'
import type { Row } from '../grid/grid.ts'
import type { AnsweredAt } from '../http/body-stream.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { brokeOff } from '../http/start-over.ts'
import type { ListQuestion } from '../query/list-question.ts'
import { AskedRows } from '../rows/asked-rows.ts'
import { planOf } from './plan.ts'
import { type OpenPart, Walk } from './walk.ts'
import { WholeList } from './whole-list.ts'

export interface ListRowsOptions {
  /** Rows a page, where nothing else is needed. */
  readonly pageSize: number
  /** What is asked for, for error messages. */
  readonly request: RequestSummary
  /** Whether no row of a part is handed on before all of it is there, so that it can be asked for anew until then. */
  readonly inWholeParts: boolean
  /** Whether it is one request at a time: nothing is asked for before it is read. Default false. */
  readonly isOneByOne?: boolean
}

/**
 * The rows of a whole list as one row stream. Nothing is sent before the first read.
 *
 * While a part is read, those behind it are asked for, as far as there are connections to spare; of them no more is
 * held than the buffers of their bodies and parsers take. The stream fails where a part does. A part that breaks off
 * before its first row was handed on is asked for anew, within the retries.
 */
export class ListRows extends AskedRows {
  /** Where what the rows were told of is not a value: by the number of the row, then of the column. */
  rowContext: object | undefined
  readonly #question: ListQuestion
  readonly #options: ListRowsOptions
  readonly #asker: Asker
  #walk: Walk | undefined

  constructor(question: ListQuestion, server: Server, call: CallOptions, options: ListRowsOptions) {
    super(options.request, call.signal)
    this.#question = question
    this.#options = options
    this.#asker = new Asker(server, call, this.ending)
    this.ending.addEventListener('abort', () => this.#walk?.close(), { once: true })
  }

  /** How many requests there were so far, in passing too. */
  get requestCount(): number {
    return this.#asker.requestCount
  }

  /** Bytes of the answers, decompressed. */
  get byteCount(): number {
    return this.#asker.byteCount
  }

  /** When the first of the answers began; undefined before. */
  get answeredAt(): AnsweredAt | undefined {
    return this.#asker.answeredAt
  }

  protected override async run(): Promise<void> {
    const { question, parts, metaData } = await planOf(this.#question, this.#options.pageSize, this.#asker)
    if (this.destroyed) return
    const whole = new WholeList(question, metaData)
    this.#walk = new Walk(question, this.#asker, parts, !this.#options.isOneByOne)
    for (;;) {
      const open = await this.#walk.next()
      if (!open || this.destroyed) break
      await this.#pass(open, whole)
    }
    this.rowContext = whole.rowContext
  }

  async #pass(first: OpenPart, whole: WholeList): Promise<void> {
    let passed = 0
    for (let open = first; ; ) {
      const held: Row[] = []
      try {
        whole.begin(open)
        this.#announce(whole)
        for await (const row of open.rows) {
          if (this.#options.inWholeParts) held.push(row as Row)
          else {
            whole.add(row as Row)
            passed += 1
            if (!this.hand(row)) await this.wanted()
          }
        }
        for (const row of held) whole.add(row)
        whole.end()
        this.metaData = whole.metaData
        for (const row of held) if (!this.hand(row)) await this.wanted()
        return
      } catch (error) {
        if (passed > 0 || !brokeOff(error) || !(await open.prepared.budget.next(this.ending, error as Error)))
          throw error
        open = await this.#walk!.again(open)
      }
    }
  }

  #announce({ headers, metaData }: WholeList): void {
    this.metaData = metaData
    if (!this.headers) this.announce(headers!)
  }
}
