import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { casterOf } from '../../lib/cells/cast-cell.ts'
import { CutText, cutKind } from '../../lib/kernel/block.ts'
import { BlockText } from '../../lib/kernel/text-kernel.ts'

const cast = casterOf('NUMBER', 'iso', undefined)!
const numberOf = (cell: unknown) => (cell === '' || cell === null ? null : (cast(cell) ?? cell))

/** The lines of a column of such cells, as JSON has them, and cast to numbers. */
function linesOf(cells: readonly unknown[]): string {
  let json = ''
  const cuts = cells.map((cell) => {
    const isText = typeof cell === 'string'
    const word = isText ? cell : JSON.stringify(cell)
    json += isText ? '"' : ''
    const at = Buffer.byteLength(json)
    json += `${word}${isText ? '"' : ''},`
    return (at << 16) | (Buffer.byteLength(word) << 2) | (isText ? cutKind.plain : cutKind.bare)
  })
  const format = {
    openings: ['<'],
    closing: '\n',
    textOf: (cell: unknown) => `${cell}`,
    around: '' as const,
    marks: [],
    takesNumbers: true,
  }
  const text = new CutText(Buffer.from(json), false)
  const column = { kind: 'cut', cuts: Uint32Array.from(cuts), text, numberOf } as const
  return `${BlockText.create(format)!.write({ rowCount: cells.length, columns: [column] })}`
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 9 })
const decimal = fc
  .tuple(
    fc.constantFrom('', '-', '-', '+'),
    digits,
    fc.constantFrom('', '.', '.'),
    digits,
    fc.constantFrom('', '0', '000'),
  )
  .map((parts) => parts.join(''))

it('writes decimals that were cut as JavaScript writes the numbers they say', () => {
  const cell = fc.oneof(
    decimal,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer(),
    fc.constantFrom(
      '',
      null,
      true,
      '0',
      '-0',
      '0.0',
      '-0.0',
      '0.000001',
      '0.0000001',
      '1.0E-4',
      '1e400',
      'NaN',
      'é',
      '12é',
    ),
    fc.stringMatching(/^0\.0{3,8}[1-9]{1,12}$/),
    fc.stringMatching(/^[1-9]\d{13,16}(\.0)?$/),
  )
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 60 }), (cells) => {
      assert.equal(linesOf(cells), cells.map((each) => `<${numberOf(each)}\n`).join(''))
    }),
    { numRuns: 1000 },
  )
})
