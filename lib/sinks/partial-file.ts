import { randomBytes } from 'node:crypto'
import { close, fchmod, fchown, fdatasync, type Stats, writev } from 'node:fs'
import { stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { physicalPath } from './physical-path.ts'
import { rename } from './rename.ts'
import { finishUnfinished, makeUnfinished, removeUnfinished } from './unfinished.ts'

const inTime = {
  flush: promisify(fdatasync),
  close: promisify(close),
  setOwner: promisify(fchown),
  setMode: promisify(fchmod),
}

/**
 * A file in the making, beside the one it is to replace. Its calls are made one after the other: what has been closed
 * may be another file by the next call.
 */
export class PartialFile {
  readonly #path: string
  readonly #target: string
  #descriptor: number | undefined

  private constructor(path: string, target: string) {
    this.#path = path
    this.#target = target
    this.#descriptor = makeUnfinished(path)
  }

  /** Opens it, in a directory that is made where it is missing. */
  static async open(path: string): Promise<PartialFile> {
    const target = physicalPath(path)
    const existing = await stat(target).catch(absent)
    const partial = new PartialFile(partialPath(target), target)
    if (existing) await partial.#takeAfter(existing)
    return partial
  }

  /** Writes some of the bytes, and tells how many. */
  write(buffers: readonly Buffer[]): Promise<number> {
    // Not promisified: that is an object on Node, and a number on Deno.
    return new Promise((resolve, reject) => {
      writev(this.#descriptor!, buffers, (error, bytesWritten) => {
        if (error) reject(error)
        else resolve(bytesWritten)
      })
    })
  }

  /** Sees to it that the bytes are on the disk, and closes it. */
  async settle(): Promise<void> {
    await inTime.flush(this.#descriptor!).catch(unlessNotToBeHad)
    await this.#close()
  }

  /** Gives it its name; false where that may go well in a moment, before `deadline` is over. */
  rename(deadline: number): boolean {
    const isRenamed = rename(this.#path, this.#target, deadline)
    if (isRenamed) finishUnfinished(this.#path)
    return isRenamed
  }

  /** Removes it, with what was made for it. */
  async discard(): Promise<void> {
    // The pipeline ends with the error that came first, so what fails here is left as it is.
    await this.#close().catch(() => undefined)
    // Here, as a large file takes its time.
    await unlink(this.#path).catch(() => undefined)
    removeUnfinished(this.#path)
  }

  async #close(): Promise<void> {
    const descriptor = this.#descriptor
    if (descriptor === undefined) return
    this.#descriptor = undefined
    await inTime.close(descriptor)
  }

  /** As far as it is possible: a file system without owners and modes has none to keep. */
  async #takeAfter({ uid, gid, mode }: Stats): Promise<void> {
    const descriptor = this.#descriptor!
    // Who may not give it to its owner may be of its group.
    await inTime
      .setOwner(descriptor, uid, gid)
      .catch(() => inTime.setOwner(descriptor, -1, gid))
      .catch(() => undefined)
    // A new owner takes bits away, so they come last; without those by which it runs as its owner, as a server wrote it.
    await inTime.setMode(descriptor, mode & 0o777).catch(() => undefined)
  }
}

/** A name for it that is there once, and that a file system takes where it takes that of the target. */
export function partialPath(target: string): string {
  // Limits are in bytes. As a stream, it leaves out a character that is cut.
  const beginning = new TextDecoder().decode(Buffer.from(basename(target)).subarray(0, 50), { stream: true })
  return join(dirname(target), `${beginning}.${randomBytes(6).toString('hex')}.partial`)
}

/** What file systems answer that flush when they like, as those of networks do; EISDIR is Windows' word for it. */
const notToBeHad: readonly (string | undefined)[] =
  'EINVAL ENOSYS ENOTSUP EOPNOTSUPP ENOTTY EPERM EACCES EISDIR'.split(' ')

/** For `catch`: an error of the disk stays one. */
function unlessNotToBeHad(error: NodeJS.ErrnoException): void {
  if (!notToBeHad.includes(error.code)) throw error
}

/** For `catch`: undefined where a file is not there. */
export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
