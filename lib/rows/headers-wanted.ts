import type { Readable } from 'node:stream'

/**
 * Has a stream that sends on its first read begin where somebody listens for its headers, so that `once(rows, 'headers')`
 * comes to something before a row is read.
 */
export function beginsForHeaders(stream: Readable): void {
  stream.on('newListener', (event) => {
    if (event === 'headers') process.nextTick(() => stream.read(0))
  })
}
