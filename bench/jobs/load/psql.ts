import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { Command } from '../../race.ts'

/** Undefined where there is no psql on the PATH. */
export function psqlCopy(): Command | undefined {
  if (spawnSync('psql', ['--version']).status !== 0) return undefined
  return ({ grid, database, destination }) => {
    const script = `${destination}.sql`
    writeFileSync(
      script,
      `SELECT clock_timestamp() AS start \\gset
       \\copy "${grid.name}" from '${grid.csvPath}' with (format csv, header true)
       SELECT json_build_object('seconds', extract(epoch FROM clock_timestamp() - :'start'), 'rows', :ROW_COUNT);`,
    )
    // Quiet and bare, so that all it prints is the line of JSON. The clock is the server's: its own start does not count.
    return ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', script, database!]
  }
}
