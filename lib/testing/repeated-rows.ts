import { type ByteSource, blockBytes } from './byte-source.ts'

/** Rows of text that differ in their first cells and take turns with the rest. */
export interface RepeatedRows {
  /** The first row, counting from 0, and the one after the last. */
  from: number
  to: number
  /** The beginning of a row. ASCII, and as long for one row as for any other. */
  startOf: (row: number) => string
  /** The rest of it: row n ends as `ends[n % ends.length]`, or else as `ends[turnOf(n)]`. */
  ends: readonly string[]
  turnOf?: ((row: number) => number) | undefined
  /** What stands between two rows, in ASCII. */
  separator: string
}

/**
 * The bytes of rows by the million, at some hundreds of MB per second, their length known without making them:
 * starts are of one length and ends come round again, so that the length is arithmetic.
 */
export function repeatedRows({ from, to, startOf, ends, turnOf, separator }: RepeatedRows): ByteSource {
  // UTF-8 bytes held as a Latin-1 string: its length counts bytes, and encoding a block is a plain copy.
  const endBytes = ends.map((end) => Buffer.from(end).toString('latin1'))
  const rows = Math.max(0, to - from)
  return {
    byteLength:
      rows === 0
        ? 0
        : rows * startOf(from).length +
          (rows - 1) * separator.length +
          lengthOfTurns(endBytes, from, to, turnOf),
    *[Symbol.iterator]() {
      let block = ''
      let turn = from % endBytes.length
      for (let row = from; row < to; row++) {
        if (row > from) block += separator
        block += startOf(row) + endBytes[turnOf ? turnOf(row) : turn]!
        if (++turn === endBytes.length) turn = 0
        if (block.length >= blockBytes) {
          yield Buffer.from(block, 'latin1')
          block = ''
        }
      }
      if (block !== '') yield Buffer.from(block, 'latin1')
    },
  }
}

function lengthOfTurns(
  ends: readonly string[],
  from: number,
  to: number,
  turnOf?: (row: number) => number,
): number {
  if (turnOf) {
    let sum = 0
    for (let row = from; row < to; row++) sum += ends[turnOf(row)]!.length
    return sum
  }
  const sums = [0]
  for (const end of ends) sums.push(sums.at(-1)! + end.length)
  const upTo = (row: number) => Math.floor(row / ends.length) * sums[ends.length]! + sums[row % ends.length]!
  return upTo(to) - upTo(from)
}

/**
 * The beginning of row n of a product of axes, the last axis turning fastest, with `glue[i]` before the id from
 * axis i. Ids of one axis are of one length.
 */
export function productOf(
  axes: readonly (readonly string[])[],
  glue: readonly string[],
): (row: number) => string {
  const outer = axes.slice(0, -1)
  const inner = axes.at(-1)!.map((id) => glue.at(axes.length - 1)! + id)
  let current = -1
  let head = ''
  return (row) => {
    const at = row % inner.length
    const block = (row - at) / inner.length
    if (block !== current) {
      current = block
      head = headOf(outer, glue, block)
    }
    return head + inner[at]!
  }
}

function headOf(axes: readonly (readonly string[])[], glue: readonly string[], block: number): string {
  let rest = block
  let head = ''
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const ids = axes[axis]!
    head = glue[axis]! + ids[rest % ids.length]! + head
    rest = Math.floor(rest / ids.length)
  }
  return head
}
