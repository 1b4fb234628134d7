import { once } from 'node:events'
import { styleText } from 'node:util'
import type { Header, RowStream } from '../../index.ts'
import type { OutputOptions } from '../options/output.ts'
import { asWanted } from '../output/stages.ts'
import { rowsText } from './figures.ts'
import { screen } from './screen.ts'
import { drawTable, type TableColumn } from './table.ts'

const numbers = /^(NUMBER|INTEGER\w*|PERCENTAGE|UNIT_INTERVAL)$/

/** What is around the table: its head, how many there are, and how to have them all. */
const linesAround = 6

/**
 * The first rows as a table, as many as the screen has room for; how many there are, and how to have them all. All rows
 * are read, as nobody else knows how many there are.
 */
export async function preview(
  source: RowStream,
  options: OutputOptions,
  typed: string,
  stopProgress: () => void,
): Promise<void> {
  const { columns, rows: height } = screen()
  const most = Math.max(5, height - linesAround)
  const first: unknown[][] = []
  await once(source, 'headers')
  // Names are there unless somebody asked for an answer without them.
  const rows = asWanted(source, { ...options, ...(source.metaData?.items && { labels: true }) })
  let count = 0
  let shown = false
  const show = () => {
    stopProgress()
    showTable((rows.headers ?? []).map(columnOf), first, columns)
    shown = true
  }
  for await (const row of rows) {
    count += 1
    if (first.length < most) first.push(row)
    else if (!shown) show()
  }
  if (!shown) show()
  const some = count > first.length ? `, of which these are the first ${first.length}` : ''
  process.stdout.write(`\n${rowsText(count)}${some}.\nTo have them all: ${typed} > rows.csv\n`)
}

function columnOf({ name, column, valueType = 'TEXT' }: Header): TableColumn {
  return { label: column || name, isNumber: numbers.test(valueType) }
}

function showTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly unknown[])[],
  width: number,
): void {
  const { head, lines, left } = drawTable(columns, rows, width)
  const more = left > 0 ? `\n… and ${left} more ${left === 1 ? 'column' : 'columns'}` : ''
  process.stdout.write(
    `${[styleText('bold', head, { stream: process.stdout }), ...lines].join('\n')}${more}\n`,
  )
}
