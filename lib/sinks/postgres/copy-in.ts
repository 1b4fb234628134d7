import type { Socket } from 'node:net'

/** What a query of one's own is given by a client of pg: of its protocol, what COPY takes. */
interface Connection {
  readonly stream: Socket
  query(sql: string): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** How many bytes may wait for the socket: with fewer, a server that is done with what it has waits for the next that are made. */
const mostWaiting = 1024 * 1024

/** Sooner a query is not given up that the user has not given up. In milliseconds, the most that a timer takes. */
const never = 2 ** 31 - 1

/**
 * A `COPY … FROM STDIN` that a client of pg submits, as it does any query that is not of text: `client.query(copy)`. All
 * that fails it is known to who writes to it, or ends it.
 */
export class CopyIn {
  /** The client's own would count the time that the rows take to come. */
  readonly query_timeout = never
  /** What the client clears its timer by. */
  callback: (() => void) | undefined
  /** Resolves when it has ended, well or not. */
  readonly over: Promise<void>
  readonly #sql: string
  #connection: Connection | undefined
  #error: Error | undefined
  #count = 0
  #hasBegun = false
  #isOver = false
  /** What is waited for: that it may begin, that there is room, or that it is over. */
  #wake: (() => void) | undefined

  #settle!: () => void

  constructor(sql: string) {
    this.#sql = sql
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Resolves when rows can be written. */
  async begun(): Promise<void> {
    if (!this.#hasBegun && !this.#isOver) await this.#next()
    this.#check()
  }

  /** Resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#check()
    const { stream } = this.#connection!
    const head = Buffer.allocUnsafe(5)
    head.write('d')
    head.writeUInt32BE(bytes.length + 4, 1)
    // Not `sendCopyFromChunk`, which copies them.
    stream.cork()
    stream.write(head)
    stream.write(bytes)
    stream.uncork()
    if (stream.writableLength <= mostWaiting || !stream.writableNeedDrain) return
    const drained = () => this.#wake?.()
    stream.once('drain', drained)
    await this.#next()
    stream.off('drain', drained)
    this.#check()
  }

  /** Resolves to how many rows the server took. */
  async end(): Promise<number> {
    this.#check()
    this.#connection!.endCopyFrom()
    while (!this.#isOver) await this.#next()
    this.#check()
    return this.#count
  }

  /** Gives it up, unless it is over. */
  fail(): void {
    if (this.#isOver || !this.#connection) return
    this.#isOver = true
    this.#connection.sendCopyFail('the load was given up')
  }

  submit(connection: Connection): void {
    this.#connection = connection
    connection.query(this.#sql)
  }

  handleCopyInResponse(): void {
    this.#hasBegun = true
    this.#wake?.()
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#count = Number(text.split(' ')[1])
  }

  handleReadyForQuery(): void {
    this.#finish(undefined)
  }

  handleError(error: Error): void {
    this.#finish(error)
  }

  #finish(error: Error | undefined): void {
    this.#error ??= error
    this.#isOver = true
    this.callback?.()
    this.#settle()
    this.#wake?.()
  }

  #check(): void {
    if (this.#error) throw this.#error
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}
