import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { differences, fingerprintOf } from '../../../lib/pull/refresh/fingerprint.ts'
import { hierarchyOf, parentsFrom, parentsOf, treeText } from '../../../lib/pull/refresh/hierarchy.ts'
import type { Things } from '../../../lib/pull/refresh/things.ts'

const [visits, other, rate, nested, type, groups] = [
  'deVisits000',
  'deOther0000',
  'inRate00000',
  'inNested000',
  'typePercent',
  'ougsOwner00',
]
const things: Things = {
  dataElements: {
    [visits]: { name: 'Visits', fields: { aggregationType: 'SUM', categoryCombo: 'comboSex000' } },
    [other]: { name: 'Other', fields: { aggregationType: 'SUM' } },
  },
  categoryCombos: {
    comboSex000: { name: 'Sex', fields: { categoryOptionCombos: ['cocF0000000', 'cocM0000000'] } },
  },
  indicators: {
    [rate]: { name: 'Rate', fields: { numerator: `#{${visits}}`, denominator: '1', indicatorType: type } },
    [nested]: { name: 'Nested', fields: { numerator: `N{${rate}}`, denominator: 'C{constant000}' } },
  },
  indicatorTypes: { [type]: { name: 'Per cent', fields: { factor: 100 } } },
  constants: { constant000: { name: 'Constant', fields: { value: 4 } } },
  organisationUnitGroupSets: {
    [groups]: { name: 'Owner', fields: { organisationUnitGroups: ['ougPublic00'] } },
  },
}
const items = { dimensions: [groups], items: [visits, other, `${visits}.cocF0000000`, rate, nested] }
const parents = new Map([
  ['top', ''],
  ['north', 'top'],
  ['south', 'top'],
  ['clinic', 'north'],
])
const was = fingerprintOf(things, parents)
const named = (id: string) => ({ clinic: 'The clinic', north: 'North' })[id]

describe('a fingerprint of metadata', () => {
  it('differs in nothing from itself, also as JSON', () => {
    assert.deepEqual(differences(was, JSON.parse(JSON.stringify(was)), items), [])
  })

  const changed: [string, Things, { text: string; dx?: string[] }][] = [
    [
      'a formula',
      {
        indicators: {
          ...things.indicators,
          [rate]: { name: 'Rate', fields: { ...things.indicators![rate]!.fields, numerator: `#{${other}}` } },
        },
      },
      { text: `indicator Rate (${rate}): numerator was #{${visits}}, is #{${other}}`, dx: [rate, nested] },
    ],
    [
      'the type of a formula',
      { indicatorTypes: { [type]: { name: 'Per mille', fields: { factor: 1000 } } } },
      { text: `indicator type Per mille (${type}): factor was 100, is 1000`, dx: [rate, nested] },
    ],
    [
      'a constant',
      { constants: { constant000: { name: 'Constant', fields: {} } } },
      { text: 'constant Constant (constant000): value was 4, is not there', dx: [nested] },
    ],
    [
      'an aggregation type',
      {
        dataElements: {
          ...things.dataElements,
          [visits]: { name: 'Visits', fields: { aggregationType: 'LAST', categoryCombo: 'comboSex000' } },
        },
      },
      {
        text: `data element Visits (${visits}): aggregationType was SUM, is LAST`,
        dx: [visits, `${visits}.cocF0000000`, rate, nested],
      },
    ],
    [
      'option combos',
      {
        categoryCombos: {
          comboSex000: { name: 'Sex', fields: { categoryOptionCombos: ['cocF0000000', 'cocX0000000'] } },
        },
      },
      {
        text: 'category combination Sex (comboSex000): categoryOptionCombos now has cocX0000000; categoryOptionCombos no longer has cocM0000000',
        dx: [visits, `${visits}.cocF0000000`, rate, nested],
      },
    ],
    [
      'an indicator that is gone',
      { indicators: { [nested]: things.indicators![nested]! } },
      { text: `indicator Rate (${rate}): is gone`, dx: [rate, nested] },
    ],
    [
      'a group set, which is a dimension of all',
      {
        organisationUnitGroupSets: {
          [groups]: { name: 'Owner', fields: { organisationUnitGroups: 'abcdefg'.split('') } },
        },
      },
      {
        text: `org unit group set Owner (${groups}): organisationUnitGroups now has a, b, c, d, e and 2 more; organisationUnitGroups no longer has ougPublic00`,
      },
    ],
  ]
  for (const [what, some, expected] of changed) {
    it(`tells of ${what} by name, and whom it concerns`, () => {
      const is = fingerprintOf({ ...things, ...some }, parents)
      assert.deepEqual(differences(was, is, items), [expected])
      assert.equal(differences(is, was, items).length, 1)
    })
  }

  it('leaves out what is asked for no more, or for the first time', () => {
    const dataElements = { ...things.dataElements, deNew000000: { name: 'New', fields: {} } }
    const is = fingerprintOf({ ...things, dataElements }, parents)
    assert.deepEqual(differences(was, is, items), [])
    assert.deepEqual(differences(is, was, items), [])
  })

  it('is not concerned with names', () => {
    const is = fingerprintOf(
      { ...things, constants: { constant000: { name: 'Another', fields: { value: 4 } } } },
      parents,
    )
    assert.deepEqual(differences(was, is, items), [])
  })

  it('tells of org units that have moved, come and gone, of those above both places, and below where the level is another', () => {
    const moved = fingerprintOf(things, new Map([...parents, ['clinic', 'south'], ['new', 'south']]))
    assert.deepEqual(differences(was, moved, items, named), [
      {
        text: 'org unit The clinic (clinic) moved from North (north) to south',
        ou: ['clinic', 'north', 'top', 'south'],
      },
      { text: 'org unit new is new under south', ou: ['new', 'south', 'top'] },
    ])
    const lower = fingerprintOf(things, new Map([...parents, ['north', 'south']]))
    assert.deepEqual(
      differences(was, lower, items).map(({ ou }) => ou?.toSorted()),
      [['clinic', 'north', 'south', 'top']],
    )
    const without = new Map(parents)
    without.delete('clinic')
    without.set('other', '')
    assert.deepEqual(
      differences(was, fingerprintOf(things, without), items, named).map(({ text }) => text),
      ['org unit The clinic (clinic) is gone from North (north)', 'org unit other is new under the top'],
    )
  })

  it('keeps a hierarchy in one text, whatever its order and shape', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.boolean(), (numbers, isReversed) => {
        const paths: string[] = []
        for (const [at, number] of numbers.entries()) {
          const above = number % 4 === 0 ? '' : (paths[number % Math.max(1, paths.length)] ?? '')
          paths.push(`${above}/ou${at}`)
        }
        const all = paths.map((path) => ({ path }))
        const found = parentsOf(isReversed ? all.toReversed() : all)
        const again = parentsFrom(treeText(found))
        assert.deepEqual(new Map([...again].toSorted()), new Map([...found].toSorted()))
        for (const path of paths) {
          assert.deepEqual(
            hierarchyOf(again).aboveOf(path.split('/').at(-1)!),
            path.split('/').slice(1).reverse(),
          )
        }
      }),
      { numRuns: 1000, seed: 5 },
    )
  })

  it('does not go round for ever in a hierarchy that does', () => {
    const round = hierarchyOf(
      new Map([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    )
    assert.deepEqual(round.aboveOf('a'), ['a', 'b', 'a'])
    assert.deepEqual(hierarchyOf(new Map()).aboveOf('x'), ['x'])
  })
})
