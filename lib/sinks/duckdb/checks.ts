import { QueryError, RowError } from '../../errors.ts'
import type { TableSlice } from '../../tables/options.ts'
import type { Session } from './session.ts'
import { fileSql, keySql, literal, stagedName } from './staged-rows.ts'
import { isWhole, type Target, type TargetColumn } from './target.ts'

/** Something that a row in the file must not be. */
interface Fault {
  readonly where: string
  readonly at: number
  readonly message: (value: unknown) => string
}

/**
 * Looks at the rows that came before anything is done with them.
 *
 * @throws RowError for a value that does not fit its column, a NULL where there must be none, a row outside of the slice.
 */
export async function checkRows(
  session: Session,
  path: string,
  { columns }: Target,
  slice: TableSlice | undefined,
  isKeyed: boolean,
): Promise<void> {
  const faults = columns.flatMap((column, at) => faultsOf(column, at, slice, isKeyed))
  if (faults.length === 0) return
  const which = faults.map(({ where }, i) => `WHEN ${where} THEN ${i}`).join(' ')
  const [found] = await session.query(
    `SELECT *, CASE ${which} END AS fault FROM ${fileSql(path)} WHERE fault IS NOT NULL ORDER BY file_row_number LIMIT 1`,
  )
  if (!found) return
  const { at, message } = faults[Number(found['fault'])]!
  throw new RowError(message(found[stagedName(at)]), {
    rowNumber: Number(found['file_row_number']) + 1,
    column: columns[at]!.name,
  })
}

/** @throws RowError where two of the rows that came have the same key. */
export async function checkKeys(
  session: Session,
  path: string,
  columns: readonly TargetColumn[],
  rowCount: number,
): Promise<void> {
  const names = columns.flatMap(({ isKey }, at) => (isKey ? [stagedName(at)] : []))
  const file = fileSql(path)
  // Half the work of comparing the keys themselves. Two that differ but have one hash only cost the time of that.
  const hashes = names.map((name) => `hash(${name})`).join(', ')
  const [counted] = await session.query(`SELECT count(DISTINCT hash(${hashes})) AS keys FROM ${file}`)
  if (Number(counted!['keys']) === rowCount) return
  const list = names.map((name) => `coalesce(CAST(${name} AS VARCHAR), '')`).join(', ')
  const [second] = await session.query(
    `SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY ${list} ORDER BY file_row_number) AS nth FROM ${file})
     WHERE nth = 2 ORDER BY file_row_number LIMIT 1`,
  )
  if (!second) return
  const key = Object.fromEntries(columns.map(({ name }, at) => [name, second[stagedName(at)] ?? '']))
  throw new RowError(`its key came before: ${keyText(columns, key)}`, {
    rowNumber: Number(second['file_row_number']) + 1,
  })
}

/**
 * For a table without a primary key within the key, in which rows that are there twice would stay.
 *
 * @throws QueryError where it has a key twice.
 */
export async function checkTarget(session: Session, { sql, columns, isUnique }: Target): Promise<void> {
  if (isUnique) return
  const keys = columns.filter(({ isKey }) => isKey)
  const list = keys.map((column) => `${keySql('t', column)} AS ${column.sql}`).join(', ')
  const some = keys.map((column) => `${column.sql} IS NOT NULL`).join(' AND ')
  const [twice] = await session.query(
    `SELECT * FROM (SELECT ${list} FROM ${sql} t) WHERE ${some} GROUP BY ALL HAVING count(*) > 1 LIMIT 1`,
  )
  if (!twice) return
  throw new QueryError(
    `toDuckDb: the table ${sql} has the key ${keyText(columns, twice)} twice; ` +
      'remove one, and give it a primary key, or name other columns in key',
  )
}

/** @throws what DuckDB says where a value of the slice is none of its column */
function faultsOf(
  column: TargetColumn,
  at: number,
  slice: TableSlice | undefined,
  isKeyed: boolean,
): Fault[] {
  const { name, isKey, isNotNull, dataType, stagedType } = column
  const cell = stagedName(at)
  const faults: Fault[] = []
  const isEmptyText = stagedType === 'text' && isKey
  if (!isEmptyText && ((isKey && isKeyed) || isNotNull)) {
    const message = () =>
      `there is no value, and ${isKey && isKeyed ? 'it is in the key' : 'the table takes no NULL'}`
    faults.push({ at, where: `${cell} IS NULL`, message })
  }
  const misfit = misfitSql(column, cell)
  if (misfit) {
    const message = (value: unknown) => `${JSON.stringify(value)} is no ${dataType}, which the table has`
    faults.push({ at, where: `(${cell} IS NOT NULL AND (${misfit}))`, message })
  }
  if (slice && Object.hasOwn(slice, name)) {
    const value = isEmptyText ? `coalesce(${cell}, '')` : cell
    const items = slice[name]!.map(literal).join(', ')
    const message = (value: unknown) =>
      `${JSON.stringify(value ?? '')} is outside of the slice that is replaced; say in slice which rows are`
    faults.push({ at, where: `(TRY_CAST(${value} AS ${dataType}) IN (${items})) IS NOT TRUE`, message })
  }
  return faults
}

/** The condition that a cell is none of its column, or not without losing something; undefined where each is one. */
function misfitSql({ stagedType, dataType }: TargetColumn, cell: string): string | undefined {
  const cast = `TRY_CAST(${cell} AS ${dataType})`
  if (isWhole(dataType)) {
    // 12.5::BIGINT is 12 or 13.
    return stagedType === 'text'
      ? `${cast} IS NULL OR NOT regexp_full_match(${cell}, '[-+]?[0-9]+')`
      : `${cast} IS NULL OR CAST(${cast} AS DOUBLE) <> ${cell}`
  }
  if (stagedType === 'timestamp' && dataType === 'DATE') return `CAST(${cast} AS TIMESTAMP) <> ${cell}`
  const always = ['VARCHAR', 'DOUBLE', 'BOOLEAN', 'TIMESTAMP']
  return always.includes(dataType) && (stagedType !== 'text' || dataType === 'VARCHAR')
    ? undefined
    : `${cast} IS NULL`
}

function keyText(columns: readonly TargetColumn[], row: Readonly<Record<string, unknown>>): string {
  const keys = columns.filter(({ isKey }) => isKey)
  return keys.map(({ name }) => `${name} ${JSON.stringify(row[name])}`).join(', ')
}
