import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import type { Reply } from './reply.ts'

/** A content encoding that a proxy in front of DHIS2 may apply. */
export type Encoding = 'gzip' | 'deflate' | 'br'

const encoders = { gzip: createGzip, deflate: createDeflate, br: createBrotliCompress } as const

/** How to send a reply. */
export interface SendOptions {
  encoding?: Encoding | undefined
  misbehaviour: Misbehaviour
  /** Told how many bytes of the body, as it goes over the wire, were handed to the socket. */
  onBytes: (bytes: number) => void
}

/**
 * Sends a reply: an exact Content-Length and a strong ETag as DHIS2 does, or a compressed body without them as a
 * proxy does. No more than a block of the body is in memory, and a client that leaves ends the work.
 */
export async function send(
  response: ServerResponse,
  reply: Reply,
  { encoding, misbehaviour, onBytes }: SendOptions,
): Promise<void> {
  const { truncateAfter, truncateChunked, stallAfter, bytesPerSecond } = misbehaviour
  const cut = truncateAfter ?? truncateChunked ?? stallAfter
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(encoding === undefined ? lengthHeaders(reply, truncateChunked) : { 'content-encoding': encoding }),
  })
  response.flushHeaders()

  let left = cut ?? Number.POSITIVE_INFINITY
  for await (const chunk of paced(wireBytes(reply, encoding), bytesPerSecond, response)) {
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk
    left -= part.length
    if (part.length > 0) {
      onBytes(part.length)
      if (!response.write(part)) await drained(response)
    }
    if (left === 0 || response.destroyed) break
  }
  if (left > 0) response.end()
  else if (stallAfter === undefined) await cutOff(response)
}

/** Waits; shorter if the client leaves. */
export function pause(response: ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      response.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    response.on('close', done)
    if (response.destroyed) done()
  })
}

function lengthHeaders({ status, body }: Reply, truncateChunked: number | undefined): Record<string, string> {
  if (truncateChunked !== undefined || body.byteLength === undefined) return {}
  const length = { 'content-length': String(body.byteLength) }
  if (status !== 200) return length
  return { ...length, etag: `"0${digestOf(body)}"` }
}

/** DHIS2 hashes all of the body; the length and the first 64 kB tell a stand-in's bodies apart as well. */
function digestOf(body: ByteSource): string {
  const hash = createHash('md5').update(String(body.byteLength))
  let hashed = 0
  for (const chunk of body) {
    hash.update(chunk)
    hashed += chunk.length
    if (hashed >= 65_536) break
  }
  return hash.digest('hex')
}

function wireBytes(
  { body }: Reply,
  encoding: Encoding | undefined,
): Iterable<Buffer> | AsyncIterable<Buffer> {
  if (encoding === undefined) return body
  return Readable.from(body).pipe(encoders[encoding]())
}

/** The bytes no faster than `bytesPerSecond`, in twenty helpings a second. */
async function* paced(
  bytes: Iterable<Buffer> | AsyncIterable<Buffer>,
  bytesPerSecond: number | undefined,
  response: ServerResponse,
): AsyncGenerator<Buffer> {
  if (bytesPerSecond === undefined) {
    yield* bytes
    return
  }
  const helping = Math.max(1, Math.round(bytesPerSecond / 20))
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += helping) {
      yield chunk.subarray(at, at + helping)
      await pause(response, 50)
    }
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
    if (response.destroyed) done()
  })
}

/** Ends the connection in the middle of the body, once the bytes before the cut have left. */
async function cutOff(response: ServerResponse): Promise<void> {
  const { socket } = response
  if (socket === null || response.destroyed) return
  await new Promise<void>((resolve) => {
    response.on('close', resolve)
    socket.write('', () => resolve())
  })
  socket.destroy()
}
