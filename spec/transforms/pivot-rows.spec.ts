import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { castCells, labelCells, type MetaData, pivotRows, selectColumns, toCsv } from 'dhis2-analytics-stream'
import { header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('pe'), header('ou'), header('value', 'NUMBER')]
const metaData: MetaData = {
  items: { b: { name: 'Births' }, a: { name: 'ANC' }, o: { name: 'Bo' }, p: { name: 'Kenema' } },
  dimensions: { dx: ['b', 'a'], pe: ['2024', '2025'], ou: ['o', 'p'] },
}
const rows = [
  ['a', '2024', 'o', '1'],
  ['b', '2024', 'p', '2'],
  ['b', '2024', 'o', '3'],
  ['a', '2025', 'o', '4'],
]

describe('pivotRows', () => {
  it('makes a column of each item, in the order of the question, and a row of what else there is', async () => {
    const { out, headers: announced } = await through(
      { headers, rows, metaData },
      castCells(),
      pivotRows('dx'),
    )
    assert.deepEqual(out, [
      ['2024', 'o', 3, 1],
      ['2024', 'p', 2, null],
      ['2025', 'o', null, 4],
    ])
    assert.deepEqual(
      announced?.map(({ name, column, valueType }) => [name, column, valueType]),
      [
        ['pe', 'The pe', 'TEXT'],
        ['ou', 'The ou', 'TEXT'],
        ['b', 'Births', 'NUMBER'],
        ['a', 'ANC', 'NUMBER'],
      ],
    )
  })

  it('gives a CSV under names', async () => {
    const line = [pivotRows('dx'), labelCells(), toCsv({ header: 'column' })]
    const { out } = await through({ headers, rows, metaData }, ...line)
    assert.equal(textOf(out), 'The pe,The ou,Births,ANC\n2024,Bo,3,1\n2024,Kenema,2,\n2025,Bo,,4\n')
  })

  it('has its columns also where there are no rows', async () => {
    const { out } = await through({ headers, metaData }, pivotRows('pe'), toCsv())
    assert.equal(textOf(out), 'dx,ou,2024,2025\n')
  })

  it('takes the items that are named, and those only', async () => {
    const { out } = await through({ headers, rows }, pivotRows('dx', { items: ['a', 'b', 'c'] }))
    assert.deepEqual(out[0], ['2024', 'o', '1', '3', null])
    await assert.rejects(through({ headers, rows }, pivotRows('dx', { items: ['a'] })), {
      name: 'RowError',
      rowNumber: 2,
      column: 'dx',
      message: /"b" is none of the items/,
    })
    await assert.rejects(through({ headers, rows }, pivotRows('dx')), /ask for that \(skipMeta=false\)/)
  })

  it('tells rows apart by every other column, and fails at a second value', async () => {
    const more = [...headers, header('numerator', 'NUMBER')]
    const counted = [
      ['a', '2024', 'o', '1', '10'],
      ['b', '2024', 'o', '2', '20'],
    ]
    const apart = await through({ headers: more, rows: counted, metaData }, pivotRows('dx'))
    assert.equal(apart.out.length, 2)
    const chosen = selectColumns(['dx', 'ou', 'value'])
    const together = await through({ headers: more, rows: counted, metaData }, chosen, pivotRows('dx'))
    assert.deepEqual(together.out, [['o', '2', '1']])
    const twice = { headers, rows: [...rows, ['a', '2024', 'o', '9']], metaData }
    await assert.rejects(through(twice, pivotRows('dx')), {
      name: 'RowError',
      rowNumber: 5,
      column: 'a',
      message: /a second value for \["2024","o"\]/,
    })
  })

  it('holds no more cells than it may', async () => {
    const large = Array.from({ length: 1000 }, (_, i) => ['a', String(i), 'o', '1'])
    const made = await through({ headers, rows: large, metaData }, pivotRows('dx', { maxCells: 4000 }))
    assert.equal(made.out.length, 1000)
    await assert.rejects(through({ headers, rows: large, metaData }, pivotRows('dx', { maxCells: 3999 })), {
      name: 'QueryError',
      message: /more than 3999 cells \(maxCells\)/,
    })
  })

  for (const nulls of [
    { items: null, dimensions: { dx: ['b', 'a'] } },
    { items: { a: null, b: 'B' }, dimensions: { dx: ['b', null, 'a'] } },
    { items: { a: { name: null } }, dimensions: { dx: ['b', 'a'] }, names: null },
  ]) {
    it(`takes nulls for what was left out: ${JSON.stringify(nulls)}`, async () => {
      const made = await through({ headers, rows, metaData: nulls as never }, pivotRows('dx'))
      assert.deepEqual(
        made.headers?.map(({ column }) => column),
        ['The pe', 'The ou', 'b', 'a'],
      )
    })
  }

  it('says what is missing where dimensions are null', async () => {
    const nothing = { items: null, dimensions: null } as never
    await assert.rejects(through({ headers, rows, metaData: nothing }, pivotRows('dx')), {
      name: 'QueryError',
      message: /skipMeta=false/,
    })
  })

  it('fails where its columns can not be', async () => {
    await assert.rejects(through({ headers, metaData }, pivotRows('co')), /no column "co"/)
    await assert.rejects(through({ headers, metaData }, pivotRows('dx', { value: 'n' })), /no column "n"/)
    await assert.rejects(through({ headers, rows }, pivotRows('dx', { items: ['pe'] })), /two columns "pe"/)
    assert.throws(() => pivotRows(''), { name: 'QueryError' })
    assert.throws(() => pivotRows('dx', { maxCells: 0 }), { name: 'QueryError' })
  })
})
