import { closeSync, openSync, readSync } from 'node:fs'

/** A file in pieces of 64 KB, each valid until the next: as little work as reading can be. */
export function* pieces(path: string): Generator<Buffer, void> {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(65_536)
    for (let size = 1; size > 0; ) {
      size = readSync(file, buffer)
      if (size > 0) yield buffer.subarray(0, size)
    }
  } finally {
    closeSync(file)
  }
}
