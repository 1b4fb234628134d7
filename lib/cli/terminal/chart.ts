import { usage } from '../ending/failure.ts'
import { oneLine } from './one-line.ts'
import { fitted, widthOf } from './width.ts'

/** The value of a period, where it has one. */
export interface Bar {
  readonly label: string
  readonly value: number | undefined
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * A line of blocks for each, as long as its value is large: they take all the room there is. What is below zero stands to
 * the left of what is above; what has no value has none, and a dash for its figure.
 */
export function drawChart(bars: readonly Bar[], width: number): string[] {
  const labels = bars.map(({ label }) => oneLine(label))
  const figures = bars.map(({ value }) => value?.toLocaleString('en', { maximumFractionDigits: 2 }) ?? '–')
  const figureWidth = Math.max(0, ...figures.map((text) => text.length))
  const labelRoom = Math.max(6, width - figureWidth - fewest - 2)
  const labelWidth = Math.min(24, labelRoom, Math.max(0, ...labels.map(widthOf)))
  const room = Math.max(fewest, width - labelWidth - figureWidth - 2)
  const blocks = blocksOf(
    bars.map(({ value = 0 }) => value),
    room,
  )
  return bars.map((_, at) =>
    `${fitted(labels[at]!, labelWidth, false)} ${figures[at]!.padStart(figureWidth)} ${blocks[at]}`.trimEnd(),
  )
}

/** So many blocks there is room for at least. */
const fewest = 8

function blocksOf(values: readonly number[], room: number): string[] {
  const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)]
  const share = Math.ceil((room * -lowest) / (highest - lowest || 1))
  const left = highest > 0 ? Math.min(share, room - 1) : share
  const each = Math.min(
    lowest < 0 ? left / -lowest : Infinity,
    highest > 0 ? (room - left) / highest : Infinity,
  )
  return values.map((value) => {
    if (value < 0) {
      const halves = Math.round(-value * each * 2)
      return `${halves % 2 ? '▐' : ''}${'█'.repeat(Math.floor(halves / 2))}`.padStart(left)
    }
    const length = value === 0 ? 0 : Math.round(value * each * 8)
    return `${' '.repeat(left)}${'█'.repeat(Math.floor(length / 8))}${eighths[length % 8]}`
  })
}

interface Answer {
  readonly headers: readonly { readonly name: string }[]
  readonly rows: Iterable<readonly unknown[]>
  /** The periods in their order, and their names. */
  readonly periods: readonly string[]
  nameOf(period: string): string
}

/**
 * One bar for each period of an answer, those without a value too.
 *
 * @throws Failure where an answer has no periods, or several values for one.
 */
export function barsOf({ headers, rows, periods, nameOf }: Answer): Bar[] {
  const pe = headers.findIndex(({ name }) => name === 'pe')
  const value = headers.findIndex(({ name }) => name === 'value')
  if (pe === -1 || value === -1) {
    throw usage(
      'A chart wants periods and values, and the answer has not both',
      'Ask for --dx, --pe and --ou.',
    )
  }
  const values = new Map<string, number>()
  for (const row of rows) {
    const period = String(row[pe])
    if (values.has(period)) {
      throw usage(
        `A chart has one value per period, and ${period} has several`,
        'Ask for one --dx and one --ou, or make a filter of the others: --filter ou:USER_ORGUNIT',
      )
    }
    const number = Number(row[value])
    if (Number.isNaN(number)) {
      throw usage(
        `A chart is of numbers, and of ${period} there is ${JSON.stringify(row[value])}`,
        'Leave --chart out.',
      )
    }
    values.set(period, number)
  }
  const known = periods.length > 0 ? periods : [...values.keys()].sort()
  return known.map((period) => ({ label: nameOf(period), value: values.get(period) }))
}
