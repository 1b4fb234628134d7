import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Header, type LabelCellsOptions, labelCells, type MetaData } from 'dhis2-analytics-stream'
import { header, through } from '../support/stages.ts'

const options = [
  { uid: 'optionOne11', code: '1', name: 'One' },
  { uid: 'optionTwo22', code: '2' },
  { uid: 'optionThree', code: 'FEVER' },
]
const metaData: MetaData = {
  items: {
    optionSet11: { uid: 'optionSet11', name: 'Numbers', options },
    optionTwo22: { code: '2', name: 'Two' },
    optionThree: { code: 'FEVER', name: 'Fever' },
    ImspTQPwCqd: { name: 'Sierra Leone', code: 'OU_525' },
    O6uvpzGd5pu: { name: 'Bo' },
  },
  dimensions: { ou: ['ImspTQPwCqd', 'O6uvpzGd5pu'] },
  ouHierarchy: { ImspTQPwCqd: '', O6uvpzGd5pu: 'ImspTQPwCqd' },
}

async function label(column: Header, cells: string[], settings: LabelCellsOptions = {}) {
  const rows = cells.map((cell) => [cell])
  const { out, headers } = await through({ headers: [column], rows, metaData }, labelCells(settings))
  return { names: headers?.map(({ name }) => name), rows: out as unknown[][] }
}
const column = (out: unknown[][]) => out.map(([cell]) => cell)

describe('labelCells: options', () => {
  const numbers = { ...header('de', 'INTEGER'), optionSet: 'optionSet11' }

  it('are known by the value of a number too', async () => {
    const { rows } = await label(numbers, ['1', '1.0', '2.0', '2', '01', '3', ''])
    assert.deepEqual(column(rows), ['One', 'One', 'Two', 'Two', 'One', '3', ''])
  })

  it('are labelled one by one in a cell of several', async () => {
    const { rows } = await label({ ...numbers, valueType: 'MULTI_TEXT' }, ['FEVER,1', '2', 'FEVER,other', ''])
    assert.deepEqual(column(rows), ['Fever,One', 'Two', 'Fever,other', ''])
  })
})

describe('labelCells: options that are no text', () => {
  const cases: [valueType: string, codes: string[], cells: Record<string, string>][] = [
    ['NUMBER', ['10000000', '2'], { '1.0E7': 'name of 10000000', '2.0': 'name of 2' }],
    ['NUMBER', ['1', '01'], { '1': 'name of 1', '01': 'name of 01', '1.0': '1.0' }],
    ['BOOLEAN', ['true', 'false'], { 1: 'name of true', 0: 'name of false' }],
    ['DATE', ['2024-01-01'], { '2024-01-01 00:00:00.0': 'name of 2024-01-01' }],
    ['TEXT', ['1'], { 1: 'name of 1', '01': '01', '1.0': '1.0' }],
  ]
  for (const [valueType, codes, cells] of cases) {
    it(`are known by what they mean: ${valueType} ${codes}`, async () => {
      const named = codes.map((code) => ({ uid: `uid${code}`, code, name: `name of ${code}` }))
      const { out } = await through(
        {
          headers: [{ ...header('de', valueType), optionSet: 'set' }],
          rows: Object.keys(cells).map((cell) => [cell]),
          metaData: { items: { set: { name: 'Set', options: named } } },
        },
        labelCells(),
      )
      assert.deepEqual(column(out as unknown[][]), Object.values(cells))
    })
  }

  it('are labelled one by one in a cell of several, where only the dimension names them', async () => {
    const { out } = await through(
      {
        headers: [header('de', 'MULTI_TEXT')],
        rows: [['FEVER,COUGH']],
        metaData: {
          items: { a: { code: 'FEVER', name: 'Fever' }, b: { code: 'COUGH', name: 'Cough' } },
          dimensions: { de: ['a', 'b'] },
        },
      },
      labelCells(),
    )
    assert.deepEqual(out, [['Fever,Cough']])
  })
})

describe('labelCells: org units and codes', () => {
  it('name cells that are org units, whatever the column', async () => {
    const { rows } = await label(header('place', 'ORGANISATION_UNIT'), ['ImspTQPwCqd', 'unknown'])
    assert.deepEqual(column(rows), ['Sierra Leone', 'unknown'])
  })

  it('give codes in place of names, or beside them', async () => {
    const ids = ['ImspTQPwCqd', 'O6uvpzGd5pu']
    assert.deepEqual(column((await label(header('ou'), ids, { labels: 'code' })).rows), [
      'OU_525',
      'O6uvpzGd5pu',
    ])
    const both = await label(header('ou'), ids, { mode: 'add', labels: ['code', 'name'] })
    assert.deepEqual(both.names, ['ou', 'ou.code', 'ou.name'])
    assert.deepEqual(both.rows, [
      ['ImspTQPwCqd', 'OU_525', 'Sierra Leone'],
      ['O6uvpzGd5pu', 'O6uvpzGd5pu', 'Bo'],
    ])
    assert.throws(() => labelCells({ labels: ['code', 'name'] }), /mode: 'add'/)
    assert.throws(() => labelCells({ labels: 'id' as 'name' }), /must be 'name', 'code'/)
  })

  it('name the columns of the hierarchy after its levels', async () => {
    const { names, rows } = await label(header('ou'), ['O6uvpzGd5pu', 'ImspTQPwCqd'], {
      hierarchy: ['Country'],
    })
    assert.deepEqual(names, ['ou', 'Country', 'ou.level2'])
    assert.deepEqual(rows, [
      ['Bo', 'Sierra Leone', 'Bo'],
      ['Sierra Leone', 'Sierra Leone', null],
    ])
  })

  it('have a column for each level that is named, whatever the answer holds', async () => {
    const { names, rows } = await label(header('ou'), ['ImspTQPwCqd'], {
      hierarchy: ['Country', 'Region', 'District'],
    })
    assert.deepEqual(names, ['ou', 'Country', 'Region', 'District'])
    assert.deepEqual(rows, [['Sierra Leone', 'Sierra Leone', null, null]])
  })

  it('refuse two levels of a name, and one that is a column already', async () => {
    assert.throws(() => labelCells({ hierarchy: ['Region', 'Region'] }), { name: 'QueryError' })
    await assert.rejects(label(header('ou'), [], { hierarchy: ['ou'] }), {
      name: 'QueryError',
      message: /there is a column "ou"/,
    })
  })
})
