import { mkdirSync, openSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { Ending } from './process-end.ts'

/** What this process made and has not finished. */
const files = new Set<string>()
const directories = new Set<string>()

const ending = new Ending(() => files.forEach(removeUnfinished))

/**
 * Makes a file that was not there, open for writing, and the directories it lacks. They go with the process unless it is
 * finished before. All in one go, so that the process can't end between what is made and its being known.
 */
export function makeUnfinished(path: string): number {
  try {
    makeDirectory(dirname(path))
    const descriptor = openSync(path, 'wx')
    if (files.size === 0) ending.watch()
    files.add(path)
    return descriptor
  } catch (error) {
    removeDirectories(path)
    throw error
  }
}

/** The file has got its name: it stays, and the directories it is in. */
export function finishUnfinished(path: string): void {
  for (let at = dirname(path); directories.delete(at); at = dirname(at));
  forget(path)
}

/** Removes the file, and the directories that were made for it. What can't be removed is left. */
export function removeUnfinished(path: string): void {
  attempt(() => unlinkSync(path))
  removeDirectories(path)
  forget(path)
}

function forget(path: string): void {
  files.delete(path)
  if (files.size > 0) return
  directories.clear()
  ending.unwatch()
}

/** As far as they are empty: where others are at work in one, the last of them takes it along. */
function removeDirectories(path: string): void {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    if (directories.has(at) && attempt(() => rmdirSync(at))) directories.delete(at)
  }
}

/** Not `recursive`, which never returns where a system makes none, as in `/proc`. */
function makeDirectory(path: string): void {
  if (attempt(() => statSync(path))) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent)
  try {
    mkdirSync(path)
    directories.add(path)
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function attempt(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
