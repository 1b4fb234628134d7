import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DestinationError } from '../errors.ts'
import { destinationError } from './destination.ts'
import { absent } from './partial-file.ts'
import { physicalPath } from './physical-path.ts'

/**
 * Finds out, before a long query is asked, what would stop its answer from being written.
 *
 * @throws DestinationError
 */
export async function checkDestination(path: string): Promise<void> {
  try {
    const target = await physicalPath(path)
    const existing = await stat(target).catch(absent)
    if (existing?.isDirectory())
      throw new DestinationError(`${path} is a directory; name a file in it`, { path })
    if (existing && !existing.isFile())
      throw new DestinationError(`${path} is a device or a pipe; write to it with stream() and a pipeline`, {
        path,
      })
    let parent = dirname(target)
    while (!(await stat(parent).catch(absent))) parent = dirname(parent)
    await access(parent, constants.W_OK | constants.X_OK)
    if (!(await stat(parent)).isDirectory())
      throw new DestinationError(`${parent} is not a directory`, { path })
  } catch (error) {
    throw destinationError(error, path)
  }
}
