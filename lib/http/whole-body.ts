import { UnexpectedContentError } from '../errors.ts'
import type { BodyStream } from './body-stream.ts'

/** The most that is taken, in bytes. */
const longest = 64 * 1024 * 1024

/**
 * A small body as text, whole.
 *
 * @throws what the body fails with, and UnexpectedContentError past 64 MiB.
 */
export async function wholeBody(body: BodyStream): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longest)
      throw new UnexpectedContentError(`More than ${longest} bytes where few were expected`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
