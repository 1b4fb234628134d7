import fc from 'fast-check'
import type { Header } from '../../lib/grid/grid.ts'

const text = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'fbfJHSPpUQD',
    'ImspTQPwCqd',
    'Kédougou',
    '好的',
    '😀',
    '"',
    '\\',
    '],[',
    '\n',
    '\ud800',
    '\udc00',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
const numeral = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '12.0',
    '1.0E-4',
    '.5',
    '5.',
    '-13.185098',
    '123456789012345',
    '0.30000000000000004',
    'NaN',
    'Infinity',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }).map(String),
  fc.integer().map(String),
)
const two = (max: number, min = 0) =>
  fc.integer({ min, max }).map((number) => String(number).padStart(2, '0'))
const day = fc
  .tuple(fc.integer({ min: 100, max: 9999 }), two(12, 1), two(28, 1))
  .map(([year, month, date]) => `${String(year).padStart(4, '0')}-${month}-${date}`)
const leapDay = fc.constantFrom('2024-02-29', '2000-02-29', '1900-03-01', '1969-12-31', '0096-02-28')
const clock = fc
  .tuple(two(23), two(59), fc.option(two(59)), fc.option(fc.stringMatching(/^\d{1,9}$/)))
  .map(
    ([hour, minute, second, part]) =>
      `${hour}:${minute}${second ? `:${second}${part ? `.${part}` : ''}` : ''}`,
  )
const days = fc.oneof(day, leapDay)
const time = fc
  .tuple(days, fc.constantFrom(' ', 'T'), clock, fc.constantFrom('', '', '', 'Z', '+0545', '-03:00'))
  .map((parts) => parts.join(''))

/** Cells that fit a value type, as servers write them. */
export const fitting: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  TEXT: fc.oneof(text, text, fc.constantFrom<unknown>(12, -0.5, true, false, { a: ['b'] }, [])),
  NUMBER: fc.oneof(numeral, numeral, fc.constantFrom<unknown>(1, -2.5, 1e300)),
  INTEGER: numeral,
  BOOLEAN: fc.constantFrom<unknown>('1', '0', 'true', 'false', 1, 0, true, false),
  TRUE_ONLY: fc.constantFrom<unknown>('1', 'true'),
  DATE: fc.oneof(
    days,
    days.map((date) => `${date} 00:00:00.0`),
    days.map((date) => `${date}T00:00:00.000`),
  ),
  AGE: days,
  DATETIME: fc.oneof(time, days),
}
const odd = fc.constantFrom<unknown>(
  'x',
  '12,5',
  '2022-02-30',
  '2022-12-29T25:00',
  '2022-12-29T14:05',
  'yes',
  true,
  7,
  {},
  '9007199254740993',
)
const none = fc.constantFrom('', null)

export interface TypedGrid {
  headers: Header[]
  rows: unknown[][]
}

/** A grid of typed columns, some with no, some with a few and some with many different cells; `withOdd` of them cells that do not fit. */
export function typedGrid(withOdd: boolean): fc.Arbitrary<TypedGrid> {
  const column = fc.constantFrom(...Object.keys(fitting)).chain((valueType) => {
    const cell = fc.oneof(
      { weight: 12, arbitrary: fitting[valueType]! },
      { weight: 2, arbitrary: none },
      ...(withOdd ? [{ weight: 1, arbitrary: odd }] : []),
    )
    return fc.record({
      valueType: fc.constant(valueType),
      cells: fc.array(cell, { minLength: 1, maxLength: 40 }),
      // Whether text goes on to differ, which ends its dictionary.
      isUnique: fc.boolean(),
    })
  })
  return fc
    .record({
      columns: fc.array(column, { minLength: 1, maxLength: 6 }),
      height: fc.constantFrom(0, 1, 5, 40, 2500),
    })
    .map(({ columns, height }) => ({
      headers: columns.map(({ valueType }, i) => ({ name: `c${i}`, valueType, meta: true })),
      rows: Array.from({ length: height }, (_, row) =>
        columns.map(({ valueType, cells, isUnique }) => {
          const cell = cells[(row * 7) % cells.length]
          return valueType === 'TEXT' && isUnique && typeof cell === 'string' && cell ? `${cell}${row}` : cell
        }),
      ),
    }))
}
