import { addAbortSignal, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { WrittenBytes } from '../rows/written-bytes.ts'
import { destinationError } from './destination.ts'
import { PartialFile } from './partial-file.ts'

/** How long, and how often, it is tried to give the file its name while others hold it. */
const patienceMs = 5000
const renameEveryMs = 50

/**
 * A Writable that makes one whole file or none. Bytes go to a file beside the destination, named
 * `<name>.<random>.partial`; `finish` means that they are flushed and renamed into place. Destroyed before that, it
 * removes what it made, and a file that was there is as it was. Missing directories are made; a symbolic link keeps
 * pointing, and the file it points to is replaced.
 *
 * It opens nothing before the first byte. Bytes are written `chunkSize` at a time; up to two such chunks are held.
 */
export class FileSink extends Writable {
  byteCount = 0
  readonly #path: string
  readonly #chunkSize: number
  readonly #written = new WrittenBytes()
  #queue: Buffer[] = []
  #queued = 0
  #partial: PartialFile | undefined
  /** What is under way on the disk, which is waited for before anything else is done to the file. */
  #work: Promise<void> = Promise.resolve()
  #committed = false

  constructor(path: string, chunkSize = 1024 * 1024, signal?: AbortSignal) {
    super({ highWaterMark: chunkSize, decodeStrings: false })
    this.#path = path
    this.#chunkSize = chunkSize
    // Not the option of Writable: a signal that is aborted already would destroy what is not there yet.
    if (signal) addAbortSignal(signal, this)
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this.#add(this.#written.of(chunk, encoding))
    if (this.#queued < this.#chunkSize) done()
    else this.#begin(this.#writeChunks(), done)
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: Done): void {
    for (const { chunk, encoding } of chunks) this.#add(this.#written.of(chunk, encoding))
    this.#begin(this.#writeChunks(), done)
  }

  override _final(done: Done): void {
    this.#work = this.#commit(done).catch((error) => done(destinationError(error, this.#path)))
  }

  override _destroy(error: Error | null, done: Done): void {
    // What has its name has finished, and says so: an error that comes between the two has nothing left to fail.
    if (this.#committed) return done(null)
    this.#work.then(() => this.#partial?.discard()).then(() => done(error))
  }

  #add(bytes: Buffer): void {
    this.#queue.push(bytes)
    this.#queued += bytes.length
  }

  #begin(work: Promise<void>, done: Done): void {
    this.#work = work.then(
      () => done(),
      (error) => done(destinationError(error, this.#path)),
    )
  }

  async #writeChunks(): Promise<void> {
    while (this.#queued >= this.#chunkSize && !this.destroyed) await this.#writeOut(this.#chunkSize)
  }

  async #commit(done: Done): Promise<void> {
    this.#add(this.#written.rest())
    await this.#writeChunks()
    await this.#writeOut(this.#queued)
    const partial = await this.#open()
    if (!this.destroyed) await partial.settle()
    const deadline = performance.now() + patienceMs
    // Whether it is still wanted, the rename and the end are one turn: destroyed in between, it would have replaced the
    // file and say that it failed.
    while (!this.destroyed && !partial.rename(deadline)) await sleep(renameEveryMs)
    this.#committed = !this.destroyed
    done()
  }

  /** Writes the first `length` bytes of the queue. */
  async #writeOut(length: number): Promise<void> {
    const partial = await this.#open()
    for (let left = length; left > 0; ) {
      const bytesWritten = await partial.write(firstBytes(this.#queue, left))
      left -= bytesWritten
      this.byteCount += bytesWritten
      this.#queued -= bytesWritten
      this.#queue = withoutFirst(this.#queue, bytesWritten)
    }
  }

  async #open(): Promise<PartialFile> {
    this.#partial ??= await PartialFile.open(this.#path)
    return this.#partial
  }
}

type Done = (error?: Error | null) => void

function firstBytes(queue: readonly Buffer[], length: number): Buffer[] {
  const taken: Buffer[] = []
  let left = length
  for (const buffer of queue) {
    if (left <= 0) break
    taken.push(buffer.length <= left ? buffer : buffer.subarray(0, left))
    left -= buffer.length
  }
  return taken
}

function withoutFirst(queue: readonly Buffer[], length: number): Buffer[] {
  let left = length
  let index = 0
  for (let buffer = queue[index]; buffer && buffer.length <= left; buffer = queue[++index])
    left -= buffer.length
  const rest = queue.slice(index)
  if (left > 0) rest[0] = rest[0]!.subarray(left)
  return rest
}
