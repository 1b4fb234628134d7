import { oneLine } from './one-line.ts'
import { fitted, widthOf } from './width.ts'

/** A column of a table: its label, whether its cells stand at the right, and whether they are of no use when cut. */
export interface TableColumn {
  readonly label: string
  readonly isNumber: boolean
  readonly isWhole?: boolean
}

/** The lines of a table. */
export interface DrawnTable {
  readonly head: string
  readonly lines: readonly string[]
  /** How many columns had no room. */
  readonly left: number
}

const gap = 2
/** A column narrower than this tells nothing. */
const narrowest = 6

/** Cells in columns, in no more than `width`: the widest columns give first, and then those at the right are left out. */
export function drawTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly unknown[])[],
  width: number,
): DrawnTable {
  const texts = rows.map((row) => columns.map((_, at) => cellText(row[at])))
  const labels = columns.map(({ label }) => oneLine(label))
  const natural = labels.map((label, at) =>
    Math.max(1, widthOf(label), ...texts.map((row) => widthOf(row[at]!))),
  )
  const widths = fittingWidths(natural, width, (at) => columns[at]!.isWhole ?? false)
  const line = (cells: readonly string[]) =>
    widths
      .map((each, at) => fitted(cells[at]!, each, columns[at]!.isNumber))
      .join(' '.repeat(gap))
      .trimEnd()
  return { head: line(labels), lines: texts.map(line), left: columns.length - widths.length }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  return oneLine(typeof cell === 'object' ? JSON.stringify(cell) : String(cell))
}

function fittingWidths(
  natural: readonly number[],
  width: number,
  isWhole: (at: number) => boolean,
): number[] {
  const shown: number[] = []
  let least = -gap
  for (const [at, each] of natural.entries()) {
    least += (isWhole(at) ? each : Math.min(each, narrowest)) + gap
    if (least > width && shown.length > 0) break
    shown.push(each)
  }
  let over = shown.reduce((sum, each) => sum + each + gap, -gap) - width
  while (over > 0) {
    const cuttable = shown.map((each, at) => (isWhole(at) ? 0 : each))
    const widest = cuttable.indexOf(Math.max(...cuttable))
    if (cuttable[widest]! <= 1) break
    shown[widest]! -= 1
    over -= 1
  }
  return shown
}
