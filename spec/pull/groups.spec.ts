import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FrozenData, FrozenQuestion } from '../../lib/pull/frozen-question.ts'
import { PiecePlan } from '../../lib/pull/plan.ts'
import { periodsOf } from './support/questions.ts'
import { smallQuestion } from './support/small-question.ts'

const months = (year: number) =>
  Array.from({ length: 12 }, (_, at) => `${year}${String(at + 1).padStart(2, '0')}`)
const element = (aggregation: string, more: Partial<FrozenData> = {}): FrozenData => ({
  id: aggregation.slice(0, 11).padEnd(11, '0'),
  kind: 'dataElement',
  aggregation,
  ...more,
})

function groupsOf(question: Partial<FrozenQuestion>, cells = 1) {
  const plan = new PiecePlan({ ...smallQuestion, ...question }, { cells })
  return plan.groups.map(({ group, axes }) => [group, axes['pe']?.blocks])
}

describe('groups of data', () => {
  it('are cut by period as their class may be', () => {
    const periods = periodsOf([...months(2023), ...months(2024)])
    assert.deepEqual(
      groupsOf({
        periods,
        data: [
          element('SUM'),
          element('LAST'),
          element('AVERAGE_SUM_ORG_UNIT'),
          element('LAST_LAST_ORG_UNIT'),
          element('CUSTOM'),
          { id: 'i1', kind: 'indicator', hasLast: true },
          { id: 'i2', kind: 'indicator', hasLast: true, addsYears: true },
          { id: 'i3', kind: 'expression', hasLast: true, addsYears: true },
          { id: 'xx', kind: 'other' },
        ],
      }),
      [
        ['data elements, SUM', 24],
        ['data elements, LAST', 12],
        ['data elements, AVERAGE_SUM_ORG_UNIT', 24],
        ['data elements, LAST_LAST_ORG_UNIT', 1],
        ['data elements, CUSTOM', 1],
        ['indicators over LAST or FIRST', 12],
        ['indicators over LAST or FIRST with an offset, i2', 1],
        ['expression items over LAST or FIRST with an offset, i3', 1],
        ['other data items', 1],
      ],
    )
  })

  it('have periods of LAST that touch all years, what lacks one put to those that lack none', () => {
    const last = [element('LAST')]
    assert.deepEqual(groupsOf({ data: last, periods: periodsOf(months(2023)) }), [
      ['data elements, LAST', 12],
    ])
    assert.deepEqual(
      groupsOf({ data: last, periods: periodsOf([...months(2023).slice(6), ...months(2024)]) }),
      [['data elements, LAST', 6]],
    )
    assert.deepEqual(
      groupsOf({ data: last, periods: periodsOf([...months(2023).slice(6), ...months(2024).slice(0, 6)]) }),
      [['data elements, LAST', 1]],
    )
    assert.deepEqual(groupsOf({ data: last, periods: periodsOf(['2023', '2024']) }), [
      ['data elements, LAST', 1],
    ])
    assert.deepEqual(
      groupsOf({ data: last, periods: periodsOf(['2023April', '202301', '202401', '2023W1']) }),
      [['data elements, LAST', 2]],
    )
  })

  it('keep yearly averages whole where there are financial years', () => {
    const periods = periodsOf(['2023', '2023April'])
    const yearly = element('AVERAGE', { periodTypes: ['Yearly'] })
    assert.deepEqual(groupsOf({ data: [yearly], periods }), [
      ['data elements, AVERAGE of yearly data onto financial years', 1],
    ])
    assert.deepEqual(groupsOf({ data: [element('AVERAGE', { periodTypes: ['Monthly'] })], periods }), [
      ['data elements, AVERAGE', 2],
    ])
    assert.deepEqual(groupsOf({ data: [yearly], periods: periodsOf(['2023', '2024']) }), [
      ['data elements, AVERAGE', 2],
    ])
  })

  it('are as strict as the strictest, where data items are a filter', () => {
    const periods = periodsOf([...months(2023), ...months(2024)])
    const { data: _, ...base } = smallQuestion
    const blocksOf = (filteredData: FrozenData[]) => {
      const plan = new PiecePlan({ ...base, periods, filteredData, rowsEach: 1 }, { cells: 1 })
      return plan.groups.map(({ axes }) => axes['pe']!.blocks)
    }
    assert.deepEqual(blocksOf([element('SUM')]), [24])
    assert.deepEqual(blocksOf([element('SUM'), element('LAST')]), [12])
    assert.deepEqual(blocksOf([element('SUM'), element('AVERAGE_SUM_ORG_UNIT')]), [24])
    assert.deepEqual(blocksOf([element('LAST'), element('AVERAGE_SUM_ORG_UNIT')]), [1])
    assert.deepEqual(blocksOf([element('LAST'), { id: 'i1', kind: 'indicator', addsYears: true }]), [1])
    assert.deepEqual(blocksOf([element('SUM'), element('NONE')]), [1])
  })

  it('of operands ask for full combinations, or drop what nobody asked for', () => {
    const operands = [
      'elementaaa1.optionx0001',
      'elementaaa1.optiony0001',
      'elementbbb1.optiony0001',
      'elementccc1.optionx0001',
      'elementccc1.optiony0001',
    ]
    const data = operands.map((id): FrozenData => ({ id, kind: 'operand', aggregation: 'SUM' }))
    const plan = new PiecePlan({ ...smallQuestion, data })
    const asked = [...plan.pieces()].map(({ covers, isWanted, cells }) => [
      covers!['dx'],
      isWanted !== undefined,
      cells,
    ])
    assert.deepEqual(asked, [
      [[operands[0], operands[1], operands[3], operands[4]], false, 96],
      [[operands[2]], false, 24],
    ])
    const crossed = new PiecePlan(
      { ...smallQuestion, data: [data[0]!, data[1]!, data[3]!, data[4]!] },
      { cells: 4 * 3 * 2 },
    )
    for (const { covers, isWanted } of crossed.pieces()) {
      const isWhole =
        new Set(covers!['dx']!.map((id) => id.slice(0, 11))).size * 2 === covers!['dx']!.length ||
        covers!['dx']!.length === 1
      assert.equal(isWanted === undefined, isWhole)
    }
  })

  it('of indicators have 25 a piece and 100,000 places at most, however large a piece may be', () => {
    const data = Array.from(
      { length: 60 },
      (_, at): FrozenData => ({ id: `i${String(at).padStart(10, '0')}`, kind: 'indicator' }),
    )
    const paths = Array.from({ length: 9000 }, (_, at) => `/rootrootroo/u${String(at).padStart(10, '0')}`)
    const plan = new PiecePlan(
      {
        ...smallQuestion,
        data,
        periods: periodsOf([...months(2023), ...months(2024)]),
        orgUnits: { paths, level: { number: 2 } },
      },
      { cells: 1e9 },
    )
    const [{ axes }] = plan.groups as [(typeof plan.groups)[0]]
    assert.deepEqual(axes['dx'], { items: 60, blocks: 3 })
    for (const piece of [...plan.pieces(), plan.joined(0, 100)]) {
      assert.ok(piece.covers!['dx']!.length <= 25)
      assert.ok(piece.covers!['pe']!.length * piece.covers!['ou']!.length <= 100_000)
    }
  })
})
