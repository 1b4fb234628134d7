import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { castCells, type Header, parseRows } from 'dhis2-analytics-stream'
import type { TypedGrid } from './arbitrary-cells.ts'
import { gridBytes } from './stages.ts'

const dayMs = 86_400_000
/** In place of a cell that has no place in its column. */
export const misfit = Symbol('misfit')

/** What `castCells` makes of the rows, as a reader of columns has it: days and times in milliseconds, text in UTF-8. */
export async function expectedOf({ headers, rows }: TypedGrid): Promise<unknown[][]> {
  const cast: unknown[][] = []
  await pipeline(
    Readable.from([gridBytes(headers, rows)]),
    parseRows(),
    castCells({ dates: 'date' }),
    async (made) => {
      for await (const row of made) cast.push(row)
    },
  )
  return cast.map((row) => row.map((cell, i) => expectedCell(cell, headers[i]!)))
}

function expectedCell(cell: unknown, { valueType }: Header): unknown {
  if (cell === null) return null
  switch (valueType) {
    case 'TEXT':
      if (typeof cell === 'boolean') return cell ? '1' : '0'
      return typeof cell === 'object' ? JSON.stringify(cell) : Buffer.from(String(cell)).toString()
    case 'BOOLEAN':
    case 'TRUE_ONLY':
      return typeof cell === 'boolean' ? cell : misfit
    case 'DATE':
    case 'AGE':
      return cell instanceof Date && cell.getTime() % dayMs === 0 ? cell.getTime() : misfit
    case 'DATETIME':
      return cell instanceof Date ? cell.getTime() : misfit
    default:
      return typeof cell === 'number' ? cell : misfit
  }
}
