/** About how many bytes there are in a chunk. */
export const blockBytes = 65_536

/** Bytes of a known length that can be read as often as one likes, chunk by chunk, in constant memory. */
export interface ByteSource extends Iterable<Buffer> {
  readonly byteLength: number
}

/** What can be made into a {@link ByteSource}; text is sent as UTF-8. */
export type ByteSourceLike = string | Uint8Array | ByteSource

/** One source of several parts, one after the other. */
export function byteSource(...parts: readonly ByteSourceLike[]): ByteSource {
  const sources = parts.map(sourceOf)
  return {
    byteLength: sources.reduce((sum, source) => sum + source.byteLength, 0),
    *[Symbol.iterator]() {
      for (const source of sources) yield* source
    },
  }
}

function sourceOf(part: ByteSourceLike): ByteSource {
  if (typeof part !== 'string' && !(part instanceof Uint8Array)) return part
  const bytes =
    typeof part === 'string' ? Buffer.from(part) : Buffer.from(part.buffer, part.byteOffset, part.byteLength)
  return {
    byteLength: bytes.length,
    *[Symbol.iterator]() {
      for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes)
    },
  }
}
