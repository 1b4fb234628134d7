import { randomUUID } from 'node:crypto'
import { closeSync, fchmodSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { destinationError } from './destination.ts'
import { makeUnfinished, removeUnfinished } from './unfinished.ts'

/** A file for the time of a load, which goes with the process at the latest. */
export class StagingFile {
  readonly path: string
  #descriptor: number | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(extension: string) {
    this.path = join(tmpdir(), `dhis2-analytics-stream-${process.pid}-${randomUUID()}.${extension}`)
  }

  open(): void {
    try {
      this.#descriptor = makeUnfinished(this.path)
      fchmodSync(this.#descriptor, 0o600)
    } catch (error) {
      throw destinationError(error as NodeJS.ErrnoException, this.path)
    }
  }

  /** Behind what is there. */
  async write(buffers: readonly Buffer[]): Promise<void> {
    for (const buffer of buffers) {
      for (let at = 0; at < buffer.length; ) at += await this.#writeSome(buffer, at, null)
    }
  }

  /** Over what is there from its beginning on. */
  async overwrite(buffer: Buffer): Promise<void> {
    for (let at = 0; at < buffer.length; ) at += await this.#writeSome(buffer, at, at)
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

  async #writeSome(buffer: Buffer, from: number, place: number | null): Promise<number> {
    const writing = new Promise<number>((resolve, reject) => {
      write(this.#descriptor!, buffer, from, null, place, (error, count) => {
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
