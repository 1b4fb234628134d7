import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { DestinationError, Dhis2ClientError, QueryError } from '../errors.ts'
import { absent, followLinks, PartialFile } from './partial-file.ts'

/** A path, or a `file:` URL. */
export type Destination = string | URL

/** @throws QueryError for what is neither a path nor a file URL. */
export function pathOf(destination: Destination): string {
  const isUrl = destination instanceof URL || (typeof destination === 'string' && /^file:/i.test(destination))
  if (isUrl) {
    try {
      return fileURLToPath(destination)
    } catch (cause) {
      throw new QueryError('destination: a URL must be a file: URL of this machine', { cause })
    }
  }
  if (typeof destination !== 'string' || destination === '' || destination.includes('\0')) {
    throw new QueryError('destination: must be a path or a file: URL')
  }
  return resolve(destination)
}

/**
 * Finds out, before a long query is asked, what would stop its answer from being written.
 *
 * @throws DestinationError
 */
export async function checkDestination(path: string): Promise<void> {
  try {
    const target = await followLinks(path)
    const existing = await stat(target).catch(absent)
    if (existing?.isDirectory())
      throw new DestinationError(`${path} is a directory; name a file in it`, { path })
    if (existing && !existing.isFile())
      throw new DestinationError(`${path} is a device or a pipe; write to it with stream() and a pipeline`, {
        path,
      })
    let parent = dirname(target)
    while (!(await stat(parent).catch(absent))) parent = dirname(parent)
    await access(parent, constants.W_OK | constants.X_OK)
    if (!(await stat(parent)).isDirectory())
      throw new DestinationError(`${parent} is not a directory`, { path })
  } catch (error) {
    throw destinationError(error, path)
  }
}

/**
 * A Writable that makes one whole file or none. Bytes go to a file beside the destination, named
 * `<name>.<random>.partial`; `finish` means that they are flushed and renamed into place. Destroyed before that, it
 * removes what it made, and a file that was there is as it was. Missing directories are made; a symbolic link keeps
 * pointing, and the file it points to is replaced.
 *
 * It opens nothing before the first byte. Bytes are written `chunkSize` at a time; up to two such chunks are held.
 */
export class FileSink extends Writable {
  readonly #path: string
  readonly #chunkSize: number
  #queue: Buffer[] = []
  #queued = 0
  #partial: PartialFile | undefined
  /** What is under way on the disk, which is waited for before anything else is done to the file. */
  #work: Promise<void> = Promise.resolve()
  #committed = false

  constructor(path: string, chunkSize: number) {
    super({ highWaterMark: chunkSize })
    this.#path = path
    this.#chunkSize = chunkSize
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    this.#queue.push(chunk)
    this.#queued += chunk.length
    if (this.#queued < this.#chunkSize) done()
    else this.#begin(this.#writeChunks(), done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    for (const { chunk } of chunks) {
      this.#queue.push(chunk)
      this.#queued += chunk.length
    }
    this.#begin(this.#writeChunks(), done)
  }

  override _final(done: Done): void {
    this.#begin(this.#commit(), done)
  }

  override _destroy(error: Error | null, done: Done): void {
    if (this.#committed) return done(error)
    this.#work.then(() => this.#partial?.discard()).then(() => done(error))
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

  async #commit(): Promise<void> {
    await this.#writeChunks()
    await this.#writeOut(this.#queued)
    const partial = await this.#open()
    await partial.settle()
    // Destroyed meanwhile: what is being removed must not get the name.
    if (this.destroyed) return
    partial.rename()
    this.#committed = true
  }

  /** Writes the first `length` bytes of the queue. */
  async #writeOut(length: number): Promise<void> {
    const partial = await this.#open()
    for (let left = length; left > 0; ) {
      const bytesWritten = await partial.write(firstBytes(this.#queue, left))
      left -= bytesWritten
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

function destinationError(error: unknown, path: string): Error {
  if (error instanceof Dhis2ClientError) return error
  return new DestinationError(`Cannot write ${path}: ${(error as Error).message}`, { path, cause: error })
}
