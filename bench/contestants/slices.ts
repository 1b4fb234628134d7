import { pieces } from './pieces.ts'

const rowsKey = '"rows":[['
const boundary = '"],["'

/**
 * The rows of a generated grid, parsed 64 KB at a time, and what lies before them parsed in one piece. It relies on
 * what the generator writes (compact JSON, strings only, `"]],"` nowhere but behind the last row) and finds no error:
 * a floor, not a parser.
 */
export function* slices(path: string): Generator<unknown[], void> {
  const head: Buffer[] = []
  let rest: Buffer | undefined
  for (const piece of pieces(path)) {
    if (rest) {
      const bytes = Buffer.concat([rest, piece])
      const cut = bytes.lastIndexOf(boundary) + 2
      if (cut > 1) yield JSON.parse(`[${bytes.toString('utf8', 0, cut)}]`) as unknown[]
      rest = cut > 1 ? bytes.subarray(cut + 1) : bytes
      continue
    }
    // The key may lie across two pieces, so that the last of them is looked at again.
    const bytes: Buffer = Buffer.concat([head.pop() ?? Buffer.alloc(0), piece])
    head.push(bytes)
    const at = bytes.indexOf(rowsKey)
    if (at === -1) {
      if (bytes.length > piece.length)
        head.splice(-1, 1, bytes.subarray(0, -piece.length), Buffer.from(piece))
      continue
    }
    head.splice(-1, 1, bytes.subarray(0, at))
    JSON.parse(`${Buffer.concat(head)}"rows":0}`)
    rest = Buffer.from(bytes.subarray(at + rowsKey.length - 1))
  }
  const end = rest?.lastIndexOf('"]]') ?? -1
  if (end !== -1) yield JSON.parse(`[${rest!.toString('utf8', 0, end + 2)}]`) as unknown[]
}
