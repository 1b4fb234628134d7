import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from './connection.ts'

/** How long others are waited for where the connection does not say: better-sqlite3's own. In milliseconds. */
const usualPatienceMs = 5000
const betweenMs = 20

/**
 * Does it as soon as no other connection is in the way. It is tried again for as long as the connection's busy timeout
 * says, 5 seconds where it says 0; and not by SQLite, which would stop all of the process meanwhile, with whoever in it
 * has to go on so that the way is free.
 *
 * @throws what SQLite says, at once where it is not that the database is locked; and where `isOver`.
 */
export async function patiently<T>(connection: Connection, isOver: () => boolean, work: () => T): Promise<T> {
  const [timeout] = connection.all('PRAGMA busy_timeout')
  const busyMs = Number(timeout!['timeout'])
  const deadline = performance.now() + (busyMs || usualPatienceMs)
  while (!isOver()) {
    try {
      connection.exec('PRAGMA busy_timeout = 0')
      return work()
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error
    } finally {
      connection.exec(`PRAGMA busy_timeout = ${busyMs}`)
    }
    await wait(betweenMs)
  }
  throw new Error('the load was given up')
}

/** They have a code for it in three ways, and one message. */
function isLocked(error: unknown): boolean {
  return /database (schema |table )?is locked/.test((error as Error).message)
}
