import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'

/** Processes that were killed have left theirs behind, one with the number of this process too. */
const ofOthers = new Set(readdirSync(tmpdir()))

/** The temporary files of `toDuckDb` and `toSqlite` that this process has now. */
export async function stagingFiles(directory = tmpdir()): Promise<string[]> {
  const beginning = `dhis2-analytics-stream-${process.pid}-`
  return (await readdir(directory)).filter((name) => name.startsWith(beginning) && !ofOthers.has(name))
}
