import { join } from 'node:path'
import type { Transform } from 'node:stream'
import { type Destination, pathOf } from '../../sinks/destination.ts'
import type { PieceStore } from '../store.ts'

/** The folder's own file of what happened: no glob of data takes it, and what reads whole folders passes it over. */
export const journalName = '_pull.journal'

/** A store of one file a piece; whatever it takes is loaded when it is opened. @throws QueryError for what is no path. */
export function folderOf(
  directory: Destination,
  extension: string,
  stage: () => Promise<Transform>,
): PieceStore {
  const path = pathOf(typeof directory === 'string' ? directory.replace(/(?<=.)[\\/]+$/, '') : directory)
  const journaled = async () => {
    const [{ JournaledStore }, { PieceFiles }] = await Promise.all([
      import('./journaled-store.ts'),
      import('./piece-files.ts'),
    ])
    return new JournaledStore(join(path, journalName), new PieceFiles(path, { extension, stage }))
  }
  return {
    async open(head) {
      // What it can't be told is known before anything is there.
      await stage()
      return (await journaled()).open(head)
    },
    look: async () => (await journaled()).look(),
  }
}
