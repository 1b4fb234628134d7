import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  readFileSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DestinationError } from '../errors.ts'
import { destinationError } from './destination.ts'
import { partialPath } from './partial-file.ts'
import { physicalPath } from './physical-path.ts'
import { makeUnfinished, removeUnfinished } from './unfinished.ts'

/**
 * Finds out, before a long query is asked, what would stop its answer from being written.
 *
 * @throws DestinationError
 */
export function checkDestination(path: string): void {
  try {
    const target = physicalPath(path)
    const existing = statSync(target, { throwIfNoEntry: false })
    const obstacle = existing && obstacleTo(target, existing)
    if (obstacle) throw new DestinationError(`${path} ${obstacle}`, { path })
    tryOut(target)
  } catch (error) {
    throw destinationError(error, path)
  }
}

/** What stops a file from being replaced, which only its being replaced would show. */
function obstacleTo(target: string, existing: Stats): string | undefined {
  if (existing.isDirectory()) return 'is a directory; name a file in it'
  if (!existing.isFile()) {
    const kind = existing.isSocket() ? 'a socket' : 'a device or a pipe'
    return `is ${kind}; write to it with stream() and a pipeline`
  }
  if (isMountPoint(target)) {
    return 'is a mount point, which no file can replace; mount the directory it is in, or write beside it'
  }
  const parent = statSync(dirname(target))
  const me = process.geteuid?.()
  const isSticky = (parent.mode & 0o1000) !== 0
  if (isSticky && me && me !== parent.uid && me !== existing.uid) {
    return 'belongs to another user, in a directory where each may replace their own files only'
  }
  // A file without write permission can be replaced; one that nobody may change can not.
  try {
    accessSync(target, constants.W_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') throw error
  }
  return undefined
}

const mountInfo = '/proc/self/mountinfo'

/** By the list of them: a file can be mounted from the same file system, where its device tells nothing. */
function isMountPoint(path: string): boolean {
  const mounts = existsSync(mountInfo) ? readFileSync(mountInfo, 'utf8') : ''
  return mounts.split('\n').some((mount) => {
    const point = mount
      .split(' ')[4]
      ?.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    return point === path
  })
}

/**
 * Does what will be done, with an empty file: modes and limits don't tell all that a file system may refuse. In one
 * turn, so that nobody meets what is made.
 */
function tryOut(target: string): void {
  const partial = partialPath(target)
  const descriptor = makeUnfinished(partial)
  try {
    closeSync(descriptor)
    // Its own name may be too long where that of the other is not.
    lstatSync(target, { throwIfNoEntry: false })
    unlinkSync(partial)
  } finally {
    removeUnfinished(partial)
  }
}
