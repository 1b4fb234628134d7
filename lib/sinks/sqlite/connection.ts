/** A database, in as far as it is used here: a DatabaseSync of `node:sqlite`, a Database of `better-sqlite3` or of `node-sqlite3-wasm`. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

export interface SqliteStatement {
  run(...values: never[]): { readonly changes: number | bigint }
  all(...values: never[]): unknown[]
}

/** What all three take, and keep as it is. */
export type BoundCell = string | number | bigint | Uint8Array | null

interface AnyStatement {
  run(...values: unknown[]): { readonly changes: number | bigint }
  all(...values: unknown[]): Record<string, unknown>[]
  /** Of node:sqlite, whose rows are arrays where the database says so. */
  setReturnArrays?(isOn: boolean): void
  /** Of node-sqlite3-wasm, which collects no garbage. */
  finalize?(): void
}

/** One way to use all three. Values are bound to `?` alone: to better-sqlite3 `?1` is a name. */
export class Connection {
  readonly #database: SqliteDatabase
  /** Whether values are given as a list: to node-sqlite3-wasm they are, and node:sqlite would take a list for names. */
  readonly #takesLists: boolean

  constructor(database: SqliteDatabase) {
    this.#database = database
    this.#takesLists = 'isOpen' in database && 'inTransaction' in database
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  /** How many rows it changed. */
  run(sql: string, values: readonly BoundCell[] = []): number {
    return this.#once(sql, (statement) => Number(statement.run(...this.#given(values)).changes))
  }

  all(sql: string, values: readonly BoundCell[] = []): Record<string, unknown>[] {
    return this.#once(sql, (statement) => {
      statement.setReturnArrays?.(false)
      return statement.all(...this.#given(values))
    })
  }

  #once<T>(sql: string, use: (statement: AnyStatement) => T): T {
    const statement = this.#prepare(sql)
    try {
      return use(statement)
    } finally {
      statement.finalize?.()
    }
  }

  #given(values: readonly BoundCell[]): readonly unknown[] {
    return this.#takesLists ? [values] : values
  }

  #prepare(sql: string): AnyStatement {
    return this.#database.prepare(sql) as unknown as AnyStatement
  }
}
