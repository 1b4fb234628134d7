import { z } from 'zod'
import { type Shape, validate } from '../checks/validate.ts'
import { streamOptionsShape } from '../rows/stream-options.ts'
import { Upstream } from '../rows/upstream.ts'
import { checkDestination } from './check-destination.ts'
import { type Destination, pathOf } from './destination.ts'
import { FileSink } from './file.ts'
import type { ByteSink } from './sink.ts'

export interface ToFileOptions {
  /** How many bytes are written at a time; up to two such chunks are held. Default 1 MiB. */
  chunkSize?: number | undefined
  /** Destroys it with an AbortError. */
  signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  signal: streamOptionsShape.signal,
  chunkSize: z.int({ error: 'must be a whole number, 1 or more' }).min(1).optional(),
} satisfies Shape<ToFileOptions>)

/**
 * Bytes in, a file that is there whole or not at all: `pipeline(rows, toCsv(), toFile('out/anc.csv'))`.
 *
 * They go to `<name>.<random>.partial` beside it. `finish` means that all of them are on the disk, under the file's own
 * name. Where the pipeline fails before that, or the process ends, a file that was there is as it was and nothing else is
 * left. Missing directories are made; a symbolic link keeps pointing, and the file behind it is replaced.
 *
 * It fails with a DestinationError where the file can't be written, as far as that can be known before the first byte.
 *
 * @throws QueryError for what is no path, or that of a directory.
 */
export function toFile(destination: Destination, options: ToFileOptions = {}): ByteSink {
  const path = pathOf(destination)
  const { chunkSize, signal } = validate(schema, options, 'toFile')
  return new CheckedFile(path, chunkSize, signal)
}

class CheckedFile extends FileSink {
  readonly #path: string

  constructor(path: string, chunkSize: number | undefined, signal: AbortSignal | undefined) {
    super(path, chunkSize, signal)
    this.#path = path
    new Upstream(this, 'toFile', 'bytes')
  }

  override _construct(done: (error?: Error | null) => void): void {
    let obstacle: Error | null = null
    try {
      checkDestination(this.#path)
    } catch (error) {
      obstacle = error as Error
    }
    done(obstacle)
  }
}
