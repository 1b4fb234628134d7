import type { Duplex, Readable } from 'node:stream'
import { endUnsaid, unsaidOf } from '../streams/ending.ts'
import { beginsForHeaders } from './headers-wanted.ts'

/**
 * A source and stages behind it as the last of them: what `pipeline` makes, but that an error nobody listens for ends the
 * process, as that of any stream does, and that the source is not read before the last stage is.
 */
export function chain<Last extends Duplex>(source: Readable, ...stages: readonly [...Duplex[], Last]): Last {
  const last = stages.at(-1) as Last
  const others: (Readable | Duplex)[] = [source, ...stages.slice(0, -1)]
  for (const stream of others) {
    const { errored } = stream
    if (errored) process.nextTick(() => last.destroy(errored))
    stream.on('error', (error) => {
      // Whoever pipes listens on what it pipes into, and is not one who hears.
      others.at(-1)!.unpipe(last)
      last.destroy(error)
    })
    stream.on('close', () => {
      if (stream.readableEnded) return
      const error = unsaidOf(stream)
      if (last.readableFlowing === null) endUnsaid(last, error)
      else last.destroy(error)
    })
  }
  last.on('close', () => {
    for (const stream of others) stream.destroy()
  })
  beginsForHeaders(last)
  const read = last._read
  last._read = (size) => {
    last._read = read
    for (const [i, stage] of stages.entries()) others[i]!.pipe(stage)
    last._read(size)
  }
  return last
}
