import { closeSync, openSync, readSync } from 'node:fs'

/** A line of a file, without its end, and where it lies in bytes. */
export interface Line {
  readonly text: string
  readonly from: number
  /** Behind its end. */
  readonly to: number
}

const chunkBytes = 256 * 1024

/** The lines of a file that have an end, up to a place in bytes: a few at a time in memory. */
export function* linesOf(path: string, until = Number.POSITIVE_INFINITY): Generator<Line, void> {
  const descriptor = openSync(path, 'r')
  try {
    let rest = Buffer.alloc(0)
    let at = 0
    let from = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, until - at))
      const length = readSync(descriptor, chunk, 0, chunk.length, at)
      if (length === 0) return
      at += length
      rest = Buffer.concat([rest, chunk.subarray(0, length)])
      let start = 0
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
        const to = from + end + 1 - start
        yield { text: rest.toString('utf8', start, end), from, to }
        from = to
        start = end + 1
      }
      rest = rest.subarray(start)
    }
  } finally {
    closeSync(descriptor)
  }
}
