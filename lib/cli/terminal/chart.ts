import { usage } from '../ending/failure.ts'
import { oneLine } from './one-line.ts'
import { fitted, widthOf } from './width.ts'

/** A value of a period. */
export interface Bar {
  readonly label: string
  readonly value: number
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A line of blocks for each, as long as its value is large: the largest takes all the room there is. */
export function drawChart(bars: readonly Bar[], width: number): string[] {
  const labels = bars.map(({ label }) => oneLine(label))
  const figures = bars.map(({ value }) => value.toLocaleString('en', { maximumFractionDigits: 2 }))
  const labelWidth = Math.min(24, Math.max(0, ...labels.map(widthOf)))
  const figureWidth = Math.max(0, ...figures.map((text) => text.length))
  const room = Math.max(8, width - labelWidth - figureWidth - 2)
  const largest = Math.max(0, ...bars.map(({ value }) => Math.abs(value)))
  return bars.map(({ value }, at) => {
    const length = largest === 0 ? 0 : Math.round((Math.abs(value) / largest) * room * 8)
    const blocks = '█'.repeat(Math.floor(length / 8)) + eighths[length % 8]
    return `${fitted(labels[at]!, labelWidth, false)} ${figures[at]!.padStart(figureWidth)} ${blocks}`.trimEnd()
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
 * One bar for each period of an answer; of periods without a value there is one without blocks.
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
    values.set(period, Number(row[value]))
  }
  const known = periods.length > 0 ? periods : [...values.keys()].sort()
  return known.map((period) => ({ label: nameOf(period), value: values.get(period) ?? 0 }))
}
