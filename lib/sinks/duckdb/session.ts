import { QueryError } from '../../errors.ts'

/** What is used of a DuckDBConnection. */
export interface DuckDbConnection {
  runAndReadAll(sql: string): Promise<DuckDbAnswer>
  interrupt(): void
}

export interface DuckDbAnswer {
  readonly rowsChanged: number
  getRowObjectsJson(): Record<string, unknown>[]
}

/**
 * Sinks take turns: two on one connection would be in one transaction, and of two that change the same rows on others
 * one would fail.
 */
let lastTurn: Promise<void> = Promise.resolve()

/** What one load does with its connection. */
export class Session {
  readonly #connection: DuckDbConnection
  #isOver = false
  #release: (() => void) | undefined
  #isInTransaction = false
  /** What is under way on the connection. */
  #running: Promise<unknown> | undefined

  constructor(connection: DuckDbConnection) {
    this.#connection = connection
  }

  /** Questions that change nothing, while no other sink is in a transaction. */
  async asking<T>(work: () => Promise<T>): Promise<T> {
    await this.#takeTurn()
    try {
      return await work()
    } finally {
      this.#endTurn()
    }
  }

  async begin(): Promise<void> {
    await this.#takeTurn()
    // Before its answer, as a rollback may come meanwhile.
    this.#isInTransaction = true
    await this.run('BEGIN TRANSACTION')
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.run(sql)).getRowObjectsJson()
  }

  /** The number of rows that a statement has changed. */
  async change(sql: string): Promise<number> {
    return (await this.run(sql)).rowsChanged
  }

  async run(sql: string): Promise<DuckDbAnswer> {
    if (this.#isOver) throw new Error('toDuckDb: it was destroyed')
    const running = this.#connection.runAndReadAll(sql)
    this.#running = running
    try {
      return await running
    } finally {
      this.#running = undefined
    }
  }

  async commit(): Promise<void> {
    try {
      await this.run('COMMIT')
    } finally {
      // One that fails has rolled back.
      this.#isInTransaction = false
      this.#endTurn()
    }
  }

  async rollBack(): Promise<void> {
    this.#isOver = true
    if (this.#running) this.#connection.interrupt()
    await this.#running?.catch(() => undefined)
    // Where there is none left, or no connection, nothing is to be rolled back.
    if (this.#isInTransaction) await this.#connection.runAndReadAll('ROLLBACK').catch(() => undefined)
    this.#endTurn()
  }

  async #takeTurn(): Promise<void> {
    if (this.#isOver) throw new Error('toDuckDb: it was destroyed')
    const before = lastTurn
    const turn = new Promise<void>((resolve) => {
      this.#release = resolve
    })
    lastTurn = before.then(() => turn)
    await before
    await this.#refuseTransaction()
  }

  #endTurn(): void {
    this.#release?.()
    this.#release = undefined
  }

  /** Told by its number: to begin another would make the user's invalid. */
  async #refuseTransaction(): Promise<void> {
    const number = async () => (await this.query('SELECT txid_current() AS number'))[0]!['number']
    const [first, second] = [await number(), await number()]
    if (first !== second) return
    throw new QueryError(
      'toDuckDb: the connection is in a transaction; commit it first, or give another connection',
    )
  }
}
