import { inspect } from 'node:util'
import { RowError } from '../../errors.ts'
import type { ColumnType } from '../../tables/columns.ts'
import { fitting } from '../../tables/fitting.ts'
import type { BoundCell } from './connection.ts'
import type { TargetColumn } from './target.ts'

/** How much of a value an error shows. */
const longestShown = 100

const words: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  double: 'finite number',
  bigint: 'integer of 64 bits',
  boolean: 'boolean',
  date: 'day',
  timestamp: 'time',
}

/**
 * Makes of a cell what SQLite is given for it; undefined of one that does not fit. NaN, of which SQLite would make NULL,
 * and the infinite do not, and neither does text with U+0000, at which one driver or another cuts it, nor do bytes as
 * text in a table that is strict.
 */
export function bound(
  { name, fits, isKey, isWhole }: TargetColumn,
  isStrict: boolean,
): (cell: unknown) => BoundCell | undefined {
  const fit = fitting({ name, isKey, type: fits })
  return (cell) => {
    if (cell instanceof Uint8Array && fits === 'text') return isStrict ? undefined : cell
    const made = fit(cell)
    switch (typeof made) {
      case 'boolean':
        return made ? 1 : 0
      case 'number':
        return Number.isFinite(made) && (!isWhole || Number.isSafeInteger(made)) ? made : undefined
      case 'string':
        return made.includes('\0') ? undefined : made
      default:
        return made
    }
  }
}

/** What is wrong with a cell that does not fit, or is not there. */
export function misfit(column: TargetColumn, cell: unknown, made: unknown, rowNumber: number): RowError {
  const { name, fits, isKey, isWhole } = column
  const word = isWhole ? 'whole number within 2^53' : words[fits]
  const reason =
    made === null
      ? `there is no value, and ${isKey ? 'it is in the key' : 'the table takes no NULL'}`
      : `${shown(cell)} is no ${word}${fits === 'text' ? ' that SQLite keeps' : ''}`
  return new RowError(reason, { rowNumber, column: name })
}

function shown(cell: unknown): string {
  const text = typeof cell === 'string' ? JSON.stringify(cell) : inspect(cell)
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
}
