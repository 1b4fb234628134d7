import { randomUUID } from 'node:crypto'
import { closeSync, fchmodSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { destinationError } from '../destination.ts'
import { makeUnfinished, removeUnfinished } from '../unfinished.ts'

/** A file for the time of a load, which goes with the process at the latest. */
export class StagingFile {
  readonly path = join(tmpdir(), `dhis2-analytics-stream-${process.pid}-${randomUUID()}.parquet`)
  #descriptor: number | undefined
  #work: Promise<void> = Promise.resolve()

  open(): void {
    try {
      this.#descriptor = makeUnfinished(this.path)
      fchmodSync(this.#descriptor, 0o600)
    } catch (error) {
      throw destinationError(error as NodeJS.ErrnoException, this.path)
    }
  }

  async write(buffers: readonly Buffer[]): Promise<void> {
    for (const buffer of buffers) {
      for (let at = 0; at < buffer.length; ) at += await this.#writeSome(buffer, at)
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  async remove(): Promise<void> {
    await this.#work
    this.close()
    removeUnfinished(this.path)
  }

  async #writeSome(buffer: Buffer, from: number): Promise<number> {
    const writing = new Promise<number>((resolve, reject) => {
      write(this.#descriptor!, buffer, from, (error, count) => {
        if (error) reject(destinationError(error, this.path))
        else resolve(count)
      })
    })
    // Waited for before the descriptor is closed, which may be another file's by then.
    this.#work = writing.then(
      () => undefined,
      () => undefined,
    )
    return writing
  }
}
