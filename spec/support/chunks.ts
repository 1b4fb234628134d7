/** The sizes a body is cut to, each of them a way to go wrong: 1 byte, some bytes, a socket's chunk, and whole. */
export const chunkings: Readonly<Record<string, (bytes: Buffer) => Buffer[]>> = {
  '1 byte': (bytes) => chunksOf(bytes, 1),
  '7 bytes': (bytes) => chunksOf(bytes, 7),
  '64 KB': (bytes) => chunksOf(bytes, 64 * 1024),
  whole: (bytes) => [bytes],
}

export function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}

/** Cut at these places, wherever they fall: each is taken modulo the length. */
export function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length))
}
