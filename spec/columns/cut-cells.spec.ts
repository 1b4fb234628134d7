import assert from 'node:assert/strict'
import { isAscii } from 'node:buffer'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Cells } from '../../lib/columns/cells.ts'
import { GridColumns } from '../../lib/columns/grid-columns.ts'
import { type CutColumn, CutText, cutKind } from '../../lib/kernel/block.ts'
import { fitting } from '../support/arbitrary-cells.ts'

/** Cells as the kernel cuts them from the JSON of a list. */
function cutColumn(cells: readonly unknown[]): CutColumn {
  const cuts: number[] = []
  let json = '['
  for (const cell of cells) {
    const text = JSON.stringify(cell)
    const inside = typeof cell === 'string' ? text.slice(1, -1) : text
    const kind =
      typeof cell !== 'string' ? cutKind.bare : inside.includes('\\') ? cutKind.escaped : cutKind.plain
    const start = Buffer.byteLength(json) + (typeof cell === 'string' ? 1 : 0)
    cuts.push(((start << 16) | (Buffer.byteLength(inside) << 2) | kind) >>> 0)
    json += `${text},`
  }
  const bytes = Buffer.from(json)
  return { kind: 'cut', cuts: Uint32Array.from(cuts), text: new CutText(bytes, isAscii(bytes)) }
}

/** What a column of this type makes of cells that come cut, or one by one; `plain` is without a dictionary. */
function taken(
  valueType: string,
  cells: readonly unknown[],
  how: 'cut' | 'row',
  plain = false,
): Cells | string {
  const columns = new GridColumns([{ name: 'c', valueType }], 200, () => assert.fail('it is not full'))
  if (plain) columns.keepPlain(0)
  try {
    if (how === 'cut') columns.addBlock({ rowCount: cells.length, columns: [cutColumn(cells)] })
    else for (const cell of cells) columns.addRow([cell])
  } catch (error) {
    return (error as Error).message
  }
  return columns.builders[0]!.take()
}

const scalar = (cell: unknown) => typeof cell !== 'object' || cell === null
const odd = fc.constantFrom<unknown>(
  '',
  null,
  '2022-02-29',
  '1900-02-29',
  '2022-13-01',
  '2022-00-10',
  '2022-04-31',
  '24:00',
  '2022-12-29 24:00:00',
  '2022-12-29 10:60:00',
  '2022-12-29 10:00:60',
  '2022-12-29 10:00:00.',
  '2022-12-29 10:00:00.1234567890',
  '2022-12-29_10:00:00',
  '2022-12-29 10-00:00',
  '0099-01-01',
  '2022/12/29',
  '2O22-12-29',
  '1-',
  '-',
  '.',
  '1.2.3',
  '5.',
  '.5',
  '-.5',
  '12e3',
  '1234567890123456',
  '0.1234567890123',
  'é',
  true,
  12,
)

describe('a column of cells that were cut', () => {
  for (const valueType of Object.keys(fitting)) {
    it(`is what it is cell by cell: ${valueType}`, () => {
      const fine = fc.array(fc.oneof(fitting[valueType]!.filter(scalar), fc.constantFrom('', null)), {
        maxLength: 100,
      })
      const any = fc.array(
        fc.oneof({ weight: 9, arbitrary: fitting[valueType]!.filter(scalar) }, { weight: 1, arbitrary: odd }),
        { maxLength: 12 },
      )
      fc.assert(
        fc.property(fc.oneof(fine, any), fc.boolean(), (cells, plain) => {
          const isPlain = plain && valueType === 'TEXT'
          assert.deepEqual(taken(valueType, cells, 'cut', isPlain), taken(valueType, cells, 'row', isPlain))
        }),
        { numRuns: 300 },
      )
    })
  }

  it('reads every day of four hundred years', () => {
    const days: string[] = []
    for (let day = Date.UTC(1896, 0, 1); day < Date.UTC(2296, 0, 1); day += 86_400_000)
      days.push(new Date(day).toISOString().slice(0, 10))
    for (let at = 0; at < days.length; at += 200) {
      const some = days.slice(at, at + 200).slice(0, 199)
      const cells = taken('DATE', some, 'cut')
      assert.deepEqual(
        typeof cells === 'object' && 'values' in cells && [...cells.values],
        some.map((day) => Date.parse(day)),
      )
    }
  })
})
