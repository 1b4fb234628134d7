import { renameSync } from 'node:fs'

/** What a rename fails with while somebody has one of the files open, such as a virus scanner or a backup. */
const momentary: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY']

/**
 * Renames a file, in one turn: nothing comes between what was decided before and what is made of it after. False where
 * it may go well in a moment, before `deadline` is over.
 */
export function rename(from: string, to: string, deadline: number): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (performance.now() > deadline || !momentary.includes((error as NodeJS.ErrnoException).code))
      throw error
    return false
  }
}
