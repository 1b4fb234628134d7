import { randomUUID } from 'node:crypto'
import { quoted } from '../../tables/names.ts'
import type { Session } from './session.ts'
import type { Target } from './table.ts'

/** A table that rows are copied to. */
export interface CopiedTo {
  /** In SQL. */
  readonly sql: string
  /** As errors of COPY say it. */
  readonly name: string
}

/**
 * Makes a table for the rows of a load, of the columns that are loaded. It is gone with the transaction, or before it
 * commits.
 *
 * What is compared with a table is best no temporary one: those belong to one process of the server, and several can join
 * (from Postgres 16 on also where rows of either side are left over), which takes a fifth less of a `replace-slice` on two
 * cores. Such a table needs a schema to be made in, that of the target. Unlogged it is not written twice, and what a
 * crash of the server leaves of it is empty.
 */
export async function makeStage(session: Session, target: Target, isCompared: boolean): Promise<CopiedTo> {
  const name = `stage_${randomUUID()}`
  const list = target.columns.map(({ sql, stageType }) => `${sql} ${stageType}`).join(', ')
  const schema = isCompared ? await schemaFor(session, target) : undefined
  if (schema === undefined) {
    await session.query(`CREATE TEMP TABLE ${quoted(name)} (${list}) ON COMMIT DROP`)
    return { sql: quoted(name), name }
  }
  const sql = `${quoted(schema)}.${quoted(name)}`
  await session.query(`CREATE UNLOGGED TABLE ${sql} (${list})`)
  return { sql, name }
}

/** The schema of a table, where others may be made in it. */
async function schemaFor(session: Session, { sql }: Target): Promise<string | undefined> {
  const { rows } = await session.query(
    `SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass($1) AND c.relpersistence <> 't' AND has_schema_privilege(n.oid, 'CREATE')`,
    [sql],
  )
  return rows[0]?.['schema'] as string | undefined
}
