import type { Writable } from 'node:stream'

/**
 * What the end of a pipeline promises. `finish`, and so a `pipeline` that resolves, means that everything is where it
 * belongs, for good. Destroyed before that, with an error or without, a sink leaves what it found, and has let go of
 * whatever it held when it emits `close`; a sink whose work is a function of the user's can only tell it, by a signal.
 * It opens nothing before it has to, checks what can be known at once, and counts what it is done with.
 */
export interface RowSink extends Writable {
  /** How many rows it is done with. */
  readonly rowCount: number
}

/** The same, of bytes. */
export interface ByteSink extends Writable {
  /** How many bytes it has written. */
  readonly byteCount: number
}
