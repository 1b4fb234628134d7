import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnType } from '../../lib/tables/columns.ts'
import { fitting } from '../../lib/tables/fitting.ts'

const cases: [ColumnType, cell: unknown, fits: unknown][] = [
  ['text', 202401, '202401'],
  ['text', true, '1'],
  ['text', { a: 1 }, '{"a":1}'],
  ['text', new Map(), undefined],
  ['double', '1.0E-4', 1e-4],
  ['double', '0.1234567890123456789', 0.12345678901234568],
  ['double', '12345678901234567890.5', 12345678901234567000],
  ['double', 7n, 7],
  ['double', 'NaN', Number.NaN],
  ['double', '-Infinity', Number.NEGATIVE_INFINITY],
  ['double', '1e400', undefined],
  ['double', '0x1F', undefined],
  ['double', '1_000', undefined],
  ['double', ' 1', undefined],
  ['double', true, undefined],
  ['bigint', '7', 7],
  ['bigint', '-9007199254740993', -9007199254740993n],
  ['bigint', '+9223372036854775807', 9223372036854775807n],
  ['bigint', '9223372036854775808', undefined],
  ['bigint', 2n ** 64n, undefined],
  ['bigint', 5n, 5n],
  ['bigint', 12.5, undefined],
  ['bigint', '12.0', undefined],
  ['bigint', true, undefined],
  ['boolean', '1', true],
  ['boolean', 'false', false],
  ['boolean', 'yes', undefined],
  ['date', '2022-12-29 00:00:00.0', '2022-12-29'],
  ['date', '2022-12-29', '2022-12-29'],
  ['date', '2022-12-29 09:30:00.0', undefined],
  ['date', '2022-02-30', undefined],
  ['date', new Date('2022-12-29'), '2022-12-29'],
  ['date', 7, undefined],
  ['timestamp', '2022-12-29 09:30:00.0', '2022-12-29 09:30:00.000'],
  ['timestamp', '2022-12-29T09:30:00.000+0000', '2022-12-29 09:30:00.000'],
  ['timestamp', new Date(0), '1970-01-01 00:00:00.000'],
  ['timestamp', new Date(Number.NaN), undefined],
]

describe('What a column takes of a cell', () => {
  for (const [type, cell, fits] of cases) {
    it(`of type ${type}, ${typeof cell} ${String(cell)}: ${String(fits)}`, () => {
      assert.deepEqual(fitting({ name: 'c', type, isKey: false })(cell), fits)
    })
  }

  it('is NULL where there is nothing, and the empty text in a key of text', () => {
    for (const nothing of ['', null, undefined]) {
      assert.equal(fitting({ name: 'c', type: 'text', isKey: false })(nothing), null)
      assert.equal(fitting({ name: 'c', type: 'text', isKey: true })(nothing), '')
      assert.equal(fitting({ name: 'c', type: 'double', isKey: true })(nothing), null)
    }
  })
})
