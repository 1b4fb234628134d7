import { parseJson } from '../json/bytes.ts'
import type { Row } from './grid.ts'

/** Between two rows of a compact grid: of strings, where only an escaped quote puts it inside one, or of anything. */
const boundaries = [Buffer.from('"],["'), Buffer.from('],[')]

const opening = Buffer.from('[')
const closing = Buffer.from(']')

/**
 * The rows of `width` cells from `from` to the last thing that looks like a row boundary, and the start of the next;
 * undefined where that is none. `JSON.parse` proves the guess: what was cut inside a string or inside a nested array
 * does not parse.
 */
export function guessedRows(
  bytes: Buffer,
  from: number,
  width: number,
): { rows: Row[]; next: number } | undefined {
  const boundary = boundaries.find((candidate) => bytes.lastIndexOf(candidate) > from)
  if (!boundary) return undefined
  const at = bytes.lastIndexOf(boundary) + boundary.indexOf(',')
  try {
    const rows = parseJson(Buffer.concat([opening, bytes.subarray(from, at), closing])) as Row[]
    return rows.every((row) => Array.isArray(row) && row.length === width)
      ? { rows, next: at + 1 }
      : undefined
  } catch {
    return undefined
  }
}
