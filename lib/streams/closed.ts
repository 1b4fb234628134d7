import type { Writable } from 'node:stream'

/** Waits until a sink has let go of what it held: a pipeline that fails does not wait for that. */
export function closed(sink: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (sink.closed) resolve()
    else sink.once('close', resolve)
  })
}
