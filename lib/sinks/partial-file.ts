import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readlink, rmdir, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { DestinationError } from '../errors.ts'

/** A file in the making, beside the one it is to replace. */
export interface PartialFile {
  readonly handle: FileHandle
  readonly path: string
  readonly target: string
  /** The outermost of the directories that had to be made. */
  readonly madeDirectory: string | undefined
}

/** Opens it, in a directory that is made where it is missing. */
export async function openPartial(path: string): Promise<PartialFile> {
  const target = await followLinks(path)
  const existing = await stat(target).catch(absent)
  const madeDirectory = await mkdir(dirname(target), { recursive: true })
  const name = `${basename(target).slice(0, 50)}.${randomBytes(6).toString('hex')}.partial`
  const partial = join(dirname(target), name)
  try {
    const handle = await open(partial, 'wx+')
    // A file system without modes has none to keep.
    if (existing) await handle.chmod(existing.mode & 0o7777).catch(() => undefined)
    return { handle, path: partial, target, madeDirectory }
  } catch (error) {
    await removeDirectories(partial, madeDirectory)
    throw error
  }
}

/** Removes what was made. */
export async function discard({ handle, path, madeDirectory }: PartialFile): Promise<void> {
  // The pipeline ends with the error that came first, so what fails here is left as it is.
  await handle.close().catch(() => undefined)
  await unlink(path).catch(() => undefined)
  await removeDirectories(path, madeDirectory)
}

/** Removes the directories that were made for the file at `path`, as far as they are empty. */
async function removeDirectories(path: string, madeDirectory: string | undefined): Promise<void> {
  if (madeDirectory === undefined) return
  for (let made = dirname(path); made.length >= madeDirectory.length; made = dirname(made)) {
    await rmdir(made).catch(() => undefined)
  }
}

/** The path that symbolic links lead to. */
export async function followLinks(path: string): Promise<string> {
  let target = path
  for (let hops = 0; hops < 40; hops++) {
    const link = await readlink(target).catch(() => undefined)
    if (link === undefined) return target
    target = resolve(dirname(target), link)
  }
  throw new DestinationError(`${path} is a circle of symbolic links`, { path })
}

/** For `catch`: undefined where a file is not there. */
export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
