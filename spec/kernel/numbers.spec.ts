import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { CutColumn } from '../../lib/kernel/block.ts'
import { CellKernel } from '../../lib/kernel/cell-kernel.ts'

/** What the kernel says of cells, as its block came or, `lasting`, behind another one. */
function numbersOf(cells: readonly unknown[], lasting: boolean): number[] {
  const body = Buffer.from(JSON.stringify(cells.map((cell) => ['a', cell])).slice(1))
  const kernel = CellKernel.create(2)!
  let column: CutColumn | undefined
  let numbers: number[] = []
  const form = { lasting, numeric: [false, true] }
  assert.equal(
    kernel.run(body, 0, form, ({ columns }) => {
      column = columns[1] as CutColumn
      numbers = [...column.numbers!]
    }),
    body.length - 1,
  )
  kernel.run(Buffer.from('["b","77"],["b",88]]'), 0, form, () => {})
  return lasting ? [...column!.numbers!] : numbers
}

/** Decimals of at most 15 characters, as JavaScript reads them: with an exponent only where that leaves up to 22 zeros. */
function oracle(cell: unknown): number {
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell)
  if (text.length > 15) return NaN
  if (/^-?(\d+|\d*\.\d+)$/.test(text)) return Number(text)
  const [, fraction = '', exponent] = /^-?\d+(?:\.(\d+))?e([+-]?\d\d?)$/i.exec(text) ?? []
  return exponent !== undefined && Math.abs(Number(exponent) - fraction.length) <= 22 ? Number(text) : NaN
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 16 })
const anyCell = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '-', '+', '--'), digits, fc.constantFrom('', '.', '..'), digits)
    .map((all) => all.join('')),
  fc.string({ unit: fc.constantFrom(...'0123456789.-+eE'), maxLength: 17 }),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(99_999),
      fc.constantFrom('', '.', '.0', '.25'),
      fc.constantFrom('e', 'E', 'E-', 'e+'),
      fc.nat(120),
    )
    .map((all) => all.join('')),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer(),
  fc.constantFrom(
    null,
    true,
    '',
    '.',
    '-',
    '-.',
    '-.5',
    '5.',
    '.5',
    '-0',
    '0.0',
    '1e3',
    'NaN',
    'é1',
    '1\n',
    '12\\',
  ),
)

it('reads decimals of up to 15 characters as JavaScript does, and leaves all else', () => {
  fc.assert(
    fc.property(fc.array(anyCell, { minLength: 1, maxLength: 60 }), fc.boolean(), (cells, lasting) => {
      assert.deepEqual(numbersOf(cells, lasting), cells.map(oracle))
    }),
    { numRuns: 2000 },
  )
})
