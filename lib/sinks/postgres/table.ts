import { QueryError } from '../../errors.ts'
import type { ColumnType, TableColumn } from '../../tables/columns.ts'
import { quoted } from '../../tables/names.ts'
import type { TableOptions } from '../../tables/options.ts'
import { definitions, typeName } from '../../tables/schema.ts'
import type { Session } from './session.ts'

/** A column that is loaded, as the table has it, or will. */
export interface TargetColumn extends TableColumn {
  /** In SQL, with its quotes. */
  readonly sql: string
  /** Without its length or precision: what a list of values is cast to. */
  readonly baseType: string
  /** As a column of the stage is declared. */
  readonly stageType: string
  readonly isText: boolean
  /** Whether it takes days, without a time. */
  readonly isDay: boolean
  /** Whether there is an `=` for its type. There is none for json, which is compared as text. */
  readonly isComparable: boolean
  readonly isNotNull: boolean
  /** Whether the table has yet to get it. */
  readonly isNew: boolean
}

/** A table and the columns of it that are loaded. */
export interface Target {
  /** In SQL, with its quotes. */
  readonly sql: string
  /** As errors of COPY say it. */
  readonly name: string
  readonly columns: readonly TargetColumn[]
  /** Whether this load has made it. */
  readonly isFresh: boolean
}

interface Found {
  readonly name: string
  readonly baseType: string
  readonly fullType: string
  readonly category: string
  readonly collation: string | null
  readonly isNotNull: boolean
  readonly isFilled: boolean
  readonly isGenerated: boolean
  readonly isComparable: boolean
}

/** Which kinds of types of Postgres (`typcategory`) take what a header says: text takes all, and all takes text but what is no text at all. */
const takers: Readonly<Record<ColumnType, string | undefined>> = {
  text: undefined,
  double: 'NS',
  bigint: 'NS',
  boolean: 'BNS',
  date: 'DS',
  timestamp: 'DS',
}

/**
 * What a table is made with whose rows will change: room on each page, where one of them is written anew. It goes to the
 * end of the table else, and each index, in which nothing has changed, has to learn of it. With a tenth of the rows,
 * spread by chance, a page in twenty has not enough.
 */
export const changingSql = 'WITH (fillfactor = 85)'

const columnsSql = `
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS "baseType", format_type(a.atttypid, a.atttypmod) AS "fullType",
  t.typcategory AS category, a.attnotnull AS "isNotNull", a.atthasdef OR a.attidentity <> '' AS "isFilled",
  a.attgenerated <> '' AS "isGenerated",
  CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format('%I.%I', n.nspname, c.collname)
    FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) END AS collation,
  EXISTS (SELECT FROM pg_operator o
    WHERE o.oprname = '=' AND o.oprleft = a.atttypid AND o.oprright = a.atttypid) AS "isComparable"
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`

/**
 * The table for these columns, which is made where it may be. What is looked up locks nothing: whoever else has to do
 * with the table is not held up for as long as the rows take to come.
 *
 * @throws QueryError where there is none, or it can not take the columns; what differs is named.
 */
export async function targetOf(
  session: Session,
  names: readonly string[],
  columns: readonly TableColumn[],
  { create = false, addColumns = false, mode = 'append' }: TableOptions,
): Promise<Target> {
  const sql = names.map(quoted).join('.')
  const storage = mode === 'append' ? '' : ` ${changingSql}`
  const made = `CREATE TABLE ${sql} (${definitions(columns, 'postgres').join(', ')})${storage}`
  const name = names.at(-1)!
  let found = await find(session, sql)
  let isFresh = false
  if (!found && create) {
    // Of two loads that make it, one does, and the other waits until it is there.
    await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `dhis2-analytics-stream ${name}`,
    ])
    found = await find(session, sql)
    if (!found) {
      await session.query(made)
      found = await find(session, sql)
      isFresh = true
    }
  }
  if (!found) {
    throw new QueryError(`toPostgres: there is no table ${sql}; say create: true, or make it: ${made}`)
  }
  check(sql, found, columns, addColumns)
  return {
    sql,
    name,
    isFresh,
    columns: columns.map((column) => targetColumn(column, found.get(column.name))),
  }
}

async function find(session: Session, sql: string): Promise<Map<string, Found> | undefined> {
  const { rows } = await session.query(columnsSql, [sql])
  if (rows.length > 0) return new Map((rows as unknown as Found[]).map((column) => [column.name, column]))
  const { rows: there } = await session.query('SELECT to_regclass($1) IS NOT NULL AS is', [sql])
  return there[0]!['is'] ? new Map() : undefined
}

function check(
  sql: string,
  found: ReadonlyMap<string, Found>,
  columns: readonly TableColumn[],
  addColumns: boolean,
): void {
  const differing = columns.flatMap(({ name, type }) => {
    const there = found.get(name)
    if (!there) return []
    if (there.isGenerated) return [`${quoted(name)} is generated, and can not be loaded`]
    if (takers[type]?.includes(there.category) ?? true) return []
    return [`${quoted(name)} is ${there.fullType}, where ${typeName(type, 'postgres')} comes`]
  })
  const missing = addColumns ? [] : columns.filter(({ name }) => !found.has(name))
  if (missing.length > 0) {
    const list = definitions(missing, 'postgres').join(', ')
    differing.push(`it has no ${list}: say addColumns: true, or leave them out with selectColumns()`)
  }
  const loaded = columns.map(({ name }) => name)
  for (const { name, isNotNull, isFilled, isGenerated } of found.values()) {
    if (!isNotNull || isFilled || isGenerated || loaded.includes(name)) continue
    differing.push(`${quoted(name)} is NOT NULL, has no default, and does not come`)
  }
  if (differing.length > 0) throw new QueryError(`toPostgres: the table ${sql}: ${differing.join('; ')}`)
}

function targetColumn(column: TableColumn, found: Found | undefined): TargetColumn {
  const sql = quoted(column.name)
  const fullType = found?.fullType ?? typeName(column.type, 'postgres')
  const isText = found ? found.category === 'S' : column.type === 'text'
  return {
    ...column,
    sql,
    isText,
    isDay: fullType === 'date',
    baseType: found?.baseType ?? fullType,
    // A day would lose its time in silence.
    stageType:
      fullType === 'date'
        ? 'timestamp'
        : found?.collation
          ? `${fullType} COLLATE ${found.collation}`
          : fullType,
    isComparable: found ? found.isComparable || isText : true,
    isNotNull: found?.isNotNull ?? false,
    isNew: !found,
  }
}
