import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatasetError } from '../../errors.ts'
import { absent } from '../../sinks/partial-file.ts'
import { type Holder, mayBeAlive, thisProcess } from './this-process.ts'

/** How long one that is taking over a lock is waited for: it has nothing else to do. */
const patienceMs = 2000
const lookEveryMs = 20

/**
 * A file that one process at a time holds. It says which; of a process that is gone it is taken over.
 *
 * It is made whole and put into place by a link, which fails where there is one. Who takes a dead one over needs the right
 * to do so first, which is such a lock of its own, named after the hold that is dead: so that of two that find it dead
 * only one replaces it, and never one that was replaced already.
 */
export class Lock {
  readonly #path: string
  readonly #id: string

  private constructor(path: string, id: string) {
    this.#path = path
    this.#id = id
  }

  /** @throws DatasetError where another has it, with `heldSince`. */
  static async take(path: string): Promise<Lock> {
    const deadline = performance.now() + patienceMs
    const id = randomBytes(8).toString('hex')
    const own = `${path}.${id}`
    await writeWhole(own, JSON.stringify(thisProcess(id)))
    try {
      for (;;) {
        if (await linked(own, path)) return new Lock(path, id)
        const holder = await holderOf(path)
        if (holder === undefined) continue
        if (mayBeAlive(holder)) throw held(holder, path)
        if (await replaced(own, path, holder)) return new Lock(path, id)
        if (performance.now() > deadline) throw held(holder, path)
        await sleep(lookEveryMs)
      }
    } finally {
      await unlink(own).catch(absent)
    }
  }

  async release(): Promise<void> {
    if ((await holderOf(this.#path))?.id === this.#id) await unlink(this.#path).catch(absent)
  }
}

/** Puts our own in place of a dead one; false where somebody else is about to. */
async function replaced(own: string, path: string, dead: Holder): Promise<boolean> {
  let right: Lock
  try {
    right = await Lock.take(`${path}.${dead.id}`)
  } catch (error) {
    if (error instanceof DatasetError) return false
    throw error
  }
  try {
    if ((await holderOf(path))?.id !== dead.id) return false
    // Not onto itself: two names of one file stay two.
    await rename(own, path)
    return true
  } finally {
    await right.release()
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

/** Undefined where nobody has it. */
export async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(absent)
  return text === undefined ? undefined : (JSON.parse(text) as Holder)
}

function held({ pid, host, since }: Holder, path: string): DatasetError {
  return new DatasetError(
    `Another run has this dataset since ${since}: process ${pid} on ${host}; wait for it, or, if that machine is gone, ` +
      `remove ${path}`,
    { heldSince: since },
  )
}
