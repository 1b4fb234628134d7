import { existsSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { usage } from '../ending/failure.ts'
import { formats, type OutputFormat, type OutputOptions } from '../options/output.ts'

type Dialect = 'postgres' | 'duckdb' | 'sqlite'

/** Where rows go, and as what. */
export type Target =
  | { readonly kind: 'preview' }
  | { readonly kind: 'stdout'; readonly format: OutputFormat }
  | { readonly kind: 'file'; readonly path: string; readonly format: OutputFormat }
  | { readonly kind: 'table'; readonly dialect: Dialect; readonly location: string; readonly table: string }

const formatOfSuffix: Readonly<Record<string, OutputFormat>> = {
  ...Object.fromEntries(formats.map((format) => [`.${format}`, format])),
  '.jsonl': 'ndjson',
}

const dialectOfSuffix: Readonly<Record<string, Dialect>> = {
  '.duckdb': 'duckdb',
  '.ddb': 'duckdb',
  '.sqlite': 'sqlite',
  '.sqlite3': 'sqlite',
  '.db': 'sqlite',
}

/** What is nearly right, and what to do about it. */
const instead: Readonly<Record<string, string>> = {
  '.arrow': 'That is the Arrow file format; an Arrow stream is an .arrows file.',
  '.feather': 'That is the Arrow file format; an Arrow stream is an .arrows file.',
  '.xlsx': 'The server makes spreadsheets: dhis2-analytics download --endpoint /api/analytics.xlsx',
  '.xls': 'The server makes spreadsheets: dhis2-analytics download --endpoint /api/analytics.xls',
  '.gz': 'Compress it behind a pipe: … | gzip > anc.csv.gz',
}

const binary: readonly OutputFormat[] = ['arrows', 'parquet']

/**
 * What `--to` and the options beside it mean; `name` is that of a file in a folder.
 *
 * @throws Failure for what can't be, also for options that would do nothing.
 */
export function targetOf(options: OutputOptions, isTerminal: boolean, name: string): Target {
  const { to, format } = options
  const target = whereTo(options, isTerminal, name)
  if (target.kind !== 'table' && (options.table ?? options.mode ?? options.key)) {
    throw usage(
      '--table, --mode and --key are for databases',
      'Give a database with --to: postgres://localhost/warehouse, dhis2.duckdb, dhis2.sqlite',
    )
  }
  if (target.kind === 'table' && format !== undefined) {
    throw usage(`--format ${format} is for files and pipes, and ${to} is a database`, 'Leave --format out.')
  }
  if (target.kind === 'stdout' && isTerminal && binary.includes(target.format)) {
    throw usage(`A terminal can't show ${target.format}`, `Give a file: --to ${name}.${target.format}`)
  }
  checkDialect(options, target)
  return target
}

function whereTo({ to, format, table }: OutputOptions, isTerminal: boolean, name: string): Target {
  if (to === undefined && isTerminal && format === undefined) return { kind: 'preview' }
  if (to === undefined || to === '-') return { kind: 'stdout', format: format ?? 'csv' }
  const suffix = extname(to).toLowerCase()
  const isPostgres = /^postgres(ql)?:\/\//i.test(to)
  const dialect = isPostgres ? 'postgres' : dialectOfSuffix[suffix]
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
  if (/^[a-z][\w+.-]*:\/\//i.test(to)) {
    throw usage(
      `--to can't write to ${/^[^:]*/.exec(to)}: addresses`,
      "Give a file, a folder, postgres://…, or '-' for a pipe into a program that can.",
    )
  }
  if (isFolder(to)) {
    const written = format ?? 'csv'
    // What a server sends of rows is JSON.
    const suffix = written === 'raw' ? 'json' : written
    return { kind: 'file', path: join(to, `${name}.${suffix}`), format: written }
  }
  const named = formatOfSuffix[suffix]
  if (named && format && named !== format && format !== 'raw') {
    throw usage(`${to} would hold ${format}`, `Name it .${format}, or leave --format out.`)
  }
  const written = format ?? named
  if (written === undefined) {
    throw usage(
      `What ${to} is to hold is not said`,
      instead[suffix] ??
        `Name it ${formats
          .filter((each) => each !== 'raw')
          .map((each) => `.${each}`)
          .join(', ')}, or give --format.`,
    )
  }
  return { kind: 'file', path: to, format: written }
}

/** A command line is in the list of processes and in every log. */
function refuseSecret(to: string): void {
  const { password, searchParams } = new URL(to)
  if (password === '' && !searchParams.has('password')) return
  throw usage(
    '--to holds the password of a database, which everybody on this machine could read',
    'Leave it out of the URL, and put it into PGPASSWORD or ~/.pgpass.',
  )
}

/** Whether a path is that of a folder: it ends like one, or is one. */
export function isFolder(path: string): boolean {
  return /(^|[\\/])\.{0,2}$/.test(path) || (existsSync(path) && statSync(path).isDirectory())
}

/** Options of one format would do nothing in another. */
function checkDialect(options: OutputOptions, target: Target): void {
  const format = target.kind === 'file' || target.kind === 'stdout' ? target.format : target.kind
  const refused = (name: string, text: string) => {
    throw usage(
      `--${name} is for ${text}, and this is ${format}`,
      `Leave --${name} out, or give --format csv.`,
    )
  }
  if (format !== 'csv' && options.delimiter !== undefined) refused('delimiter', 'csv')
  if (format !== 'csv' && format !== 'tsv') {
    for (const [name, given] of [
      ['header', options.header],
      ['bom', options.bom],
      ['escape-formulas', options.escapeFormulas],
    ] as const) {
      if (given !== undefined) refused(name, 'csv and tsv')
    }
  }
  if (format !== 'raw') return
  for (const name of ['labels', 'cast', 'columns'] as const) {
    if (options[name] !== undefined) refused(name, 'rows')
  }
}
