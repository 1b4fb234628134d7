import { extname } from 'node:path'
import { usage } from '../ending/failure.ts'

export type Dialect = 'postgres' | 'duckdb' | 'sqlite'

/** A table of a database. */
export interface TableTarget {
  readonly kind: 'table'
  readonly dialect: Dialect
  readonly location: string
  readonly table: string
}

const dialectOfSuffix: Readonly<Record<string, Dialect>> = {
  '.duckdb': 'duckdb',
  '.ddb': 'duckdb',
  '.sqlite': 'sqlite',
  '.sqlite3': 'sqlite',
  '.db': 'sqlite',
}

/**
 * The table that `--to` and `--table` name; undefined where `--to` is no database.
 *
 * @throws Failure where the table is missing, for a secret, and for addresses that are none, or of what is no database.
 */
export function tableTargetOf(to: string, table: string | undefined): TableTarget | undefined {
  const isPostgres = /^postgres(ql)?:\/\//i.test(to)
  const dialect = isPostgres ? 'postgres' : dialectOfSuffix[extname(to).toLowerCase()]
  if (dialect) {
    if (isPostgres) refuseSecret(to)
    if (table === undefined) {
      throw usage(
        `Which table of ${dialect === 'postgres' ? 'the database' : to} is not said`,
        'Give --table analytics, or another name.',
      )
    }
    return { kind: 'table', dialect, location: to, table }
  }
  if (isAddress(to)) {
    throw usage(
      `--to can't write to ${/^[^:]*/.exec(to)}: addresses`,
      "Give a file, a folder, postgres://…, or '-' for a pipe into a program that can.",
    )
  }
  return undefined
}

/** Whether it is no path, but a URL. */
export function isAddress(to: string): boolean {
  return /^[a-z][\w+.-]*:\/\//i.test(to)
}

/** A command line is in the list of processes and in every log. */
function refuseSecret(to: string): void {
  if (!URL.canParse(to)) {
    throw usage('--to is no address of a database', 'Write it as postgres://localhost:5432/warehouse.')
  }
  const { password, searchParams } = new URL(to)
  if (password === '' && !searchParams.has('password')) return
  throw usage(
    '--to holds the password of a database, which everybody on this machine could read',
    'Leave it out of the URL, and put it into PGPASSWORD or ~/.pgpass.',
  )
}
