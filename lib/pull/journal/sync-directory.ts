import { open } from 'node:fs/promises'

/** Sees to it that the names in a directory are on the disk; where systems have no such thing, they are when they are. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r')
    await directory.sync().finally(() => directory.close())
  } catch {}
}
