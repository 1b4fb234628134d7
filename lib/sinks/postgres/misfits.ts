import { QueryError, RowError } from '../../errors.ts'
import type { TableSlice } from '../../tables/options.ts'
import type { Session } from './session.ts'
import type { Target, TargetColumn } from './table.ts'

/** Something that a row in the stage must not be. */
interface Fault {
  readonly where: string
  readonly column: TargetColumn
  readonly message: (value: unknown) => string
}

/** The condition of a slice on the table or stage of this name, and its values behind `values`, which it adds to. */
export function sliceSql(
  alias: string,
  columns: readonly TargetColumn[],
  slice: TableSlice,
  values: unknown[],
): string {
  return columns
    .filter(({ name }) => Object.hasOwn(slice, name))
    .map(({ name, sql, baseType }) => {
      values.push(slice[name])
      return `${alias}.${sql} = ANY ($${values.length}::text[]::${baseType}[])`
    })
    .join(' AND ')
}

/**
 * Looks at the rows that came, in the table or stage `rows`, before anything is done with them. `among` are those that can be
 * wrong.
 *
 * @throws RowError for a day with a time, a key without a value, a NULL where the table takes none, a row outside of the slice.
 */
export async function checkRows(
  session: Session,
  rows: string,
  { columns }: Target,
  slice: TableSlice | undefined,
  isKeyed: boolean,
  among = rows,
): Promise<void> {
  const faults: Fault[] = []
  const values: unknown[] = []
  for (const column of columns) {
    const { sql, isKey, isText, isDay, isNotNull } = column
    if (isDay) {
      const message = (value: unknown) => `${value} has a time, which a date has not`
      faults.push({ column, where: `s.${sql} <> date_trunc('day', s.${sql})`, message })
    }
    if ((isKey && isKeyed && !isText) || isNotNull) {
      const message = () =>
        `there is no value, and ${isKey && isKeyed ? 'it is in the key' : 'the table takes no NULL'}`
      faults.push({ column, where: `s.${sql} IS NULL`, message })
    }
    if (slice && Object.hasOwn(slice, column.name)) {
      const where = `(${sliceSql('s', [column], slice, values)}) IS NOT TRUE`
      const message = (value: unknown) =>
        `${JSON.stringify(value)} is outside of the slice that is replaced; say in slice which rows are`
      faults.push({ column, where, message })
    }
  }
  if (faults.length === 0) return
  const any = faults.map(({ where }) => where).join(' OR ')
  const { rows: found } = await session.query(`SELECT FROM ${among} s WHERE ${any} LIMIT 1`, values)
  if (found.length > 0) throw await firstFault(session, rows, faults, values)
}

/**
 * `among` is a query for keys, where only those are in question.
 *
 * @throws RowError where two of the rows that came have the same key.
 */
export async function checkKeys(
  session: Session,
  rows: string,
  keys: readonly TargetColumn[],
  among?: string,
): Promise<void> {
  const list = keys.map(keySql).join(', ')
  const isOne = among === undefined ? '' : `(${list}) IN (${among})`
  const twice = await firstTwice(session, rows, keys, isOne)
  if (!twice) return
  // Under names of ours, beside which those of the columns can be anything.
  const cells = keys.map((column, at) => `${keySql(column)} AS k${at}`).join(', ')
  const ours = keys.map((_, at) => `k${at}`).join(', ')
  const { rows: found } = await session.query(
    `SELECT n, ${ours} FROM (SELECT n, ${ours}, row_number() OVER (PARTITION BY ${ours} ORDER BY n) AS nth
       FROM (SELECT row_number() OVER (ORDER BY s.ctid) AS n, ${cells} FROM ${rows} s) numbered) placed
     WHERE nth = 2 ORDER BY n LIMIT 1`,
  )
  const { n, ...key } = found[0]!
  const named = Object.fromEntries(keys.map(({ name }, at) => [name, key[`k${at}`]]))
  throw new RowError(`its key came before: ${keyText(keys, named)}`, { rowNumber: Number(n) })
}

/**
 * For a table without a unique index on its key, in which rows that are there twice would stay.
 *
 * @throws QueryError where it has a key twice.
 */
export async function checkTarget(
  session: Session,
  target: Target,
  keys: readonly TargetColumn[],
): Promise<void> {
  if (keys.some(({ isNew }) => isNew) || (await isUnique(session, target, keys))) return
  const twice = await firstTwice(session, target.sql, keys)
  if (!twice) return
  throw new QueryError(
    `toPostgres: the table ${target.sql} has the key ${keyText(keys, twice)} twice; ` +
      'remove one, and give it a primary key, or name other columns in key',
  )
}

async function isUnique(session: Session, { sql }: Target, keys: readonly TargetColumn[]): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid
       AND i.indpred IS NULL AND i.indexprs IS NULL
       AND (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = i.indrelid
         AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])) <@ $2::text[]) AS is`,
    [sql, keys.map(({ name }) => name)],
  )
  return rows[0]!['is'] as boolean
}

async function firstTwice(session: Session, rows: string, keys: readonly TargetColumn[], condition = '') {
  const list = keys.map(keySql).join(', ')
  const some = condition || keys.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ')
  const sql = `SELECT ${list} FROM ${rows} WHERE ${some} GROUP BY ${list} HAVING count(*) > 1 LIMIT 1`
  return (await session.query(sql)).rows[0]
}

function keySql({ sql, isDay }: TargetColumn): string {
  return isDay ? `${sql}::date` : sql
}

async function firstFault(
  session: Session,
  rows: string,
  faults: readonly Fault[],
  values: readonly unknown[],
): Promise<RowError> {
  const which = faults.map(({ where }, at) => `WHEN ${where} THEN ${at}`).join(' ')
  const shown = faults.map(({ where, column }) => `WHEN ${where} THEN s.${column.sql}::text`).join(' ')
  const { rows: found } = await session.query(
    `SELECT n, fault, value FROM
       (SELECT row_number() OVER (ORDER BY s.ctid) AS n, CASE ${which} END AS fault, CASE ${shown} END AS value FROM ${rows} s) seen
     WHERE fault IS NOT NULL ORDER BY n LIMIT 1`,
    values,
  )
  const { n, fault, value } = found[0]!
  const { column, message } = faults[fault as number]!
  return new RowError(message(value), { rowNumber: Number(n), column: column.name })
}

function keyText(keys: readonly TargetColumn[], row: Readonly<Record<string, unknown>>): string {
  return keys.map(({ name }) => `${name} ${JSON.stringify(row[name])}`).join(', ')
}
