import { daysOf } from '../cells/period-days.ts'
import type { Header, Row } from '../grid/grid.ts'
import { isoPeriod } from '../periods/iso-period.ts'
import type { Answer } from './answer.ts'
import { column, idColumn } from './columns.ts'
import type { Table } from './table-rows.ts'

const headers: readonly Header[] = [
  idColumn,
  column('type', 'Type'),
  column('start', 'Start date', 'DATE'),
  column('end', 'End date', 'DATE'),
]

/** The periods of an answer, with their days as `datePeriods()` has them, and null where those are not known. */
export function periodTable(answer: Answer, calendar: string): Table {
  return { headers, rows: rowsOf(answer, calendar) }
}

function* rowsOf(answer: Answer, calendar: string): Generator<Row, void> {
  for (const id of answer.ids('pe')) {
    const days = daysOf(id, answer.metaData, calendar)
    yield [id, isoPeriod(id)?.type ?? null, days?.from ?? null, days?.to ?? null]
  }
}
