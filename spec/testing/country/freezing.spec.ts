import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countryOf } from '../../../lib/testing/index.ts'
import { refusalOf } from '../../support/country.ts'

const country = countryOf({ seed: 2, orgUnits: 30, levels: 5 })
const [top] = country.orgUnits
const atLevel = (level: number) => country.orgUnits.filter((place) => place.level === level)
const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id)

/** What an axis is frozen to. */
function frozen(name: string, items: string, others = 'filter=pe:2024'): string[] {
  const answer = country.analytics(`dimension=${name}:${items}&${others}&skipData=true`)
  if ('message' in answer) throw new Error(answer.errorCode)
  assert.deepEqual([answer.headers, [...answer.rows]], [[], []])
  return (answer.metaData['dimensions'] as Record<string, string[]>)[name]!
}

describe('a country: freezing', () => {
  const district = atLevel(2).find(({ id }) => atLevel(3).some((place) => place.ids.includes(id)))!
  const childless = country.orgUnits.find(({ isLeaf, level }) => isLeaf && level < 5)!
  const [group] = country.groups.ou
  const inGroup = frozen('ou', `OU_GROUP-${group}`)

  const places: [items: string, expected: readonly string[]][] = [
    ['LEVEL-3', ids(atLevel(3))],
    [`LEVEL-3;${district.id}`, ids(atLevel(3).filter((place) => place.ids.includes(district.id)))],
    [`LEVEL-3-${district.id}`, ids(atLevel(3))],
    ['USER_ORGUNIT', [top!.id]],
    ['USER_ORGUNIT_CHILDREN', ids(atLevel(2))],
    ['USER_ORGUNIT_GRANDCHILDREN', ids(atLevel(3))],
    ['LEVEL-1;LEVEL-2', [top!.id, ...ids(atLevel(2))].toSorted()],
    [`${district.id};${top!.id};${district.id}`, [district.id, top!.id]],
    [`${district.id};nobody00000`, [district.id]],
    [
      `OU_GROUP-${group};${district.id}`,
      inGroup.filter((id) => country.orgUnits.find((place) => place.id === id)!.ids.includes(district.id)),
    ],
  ]
  for (const [items, expected] of places) {
    it(`ou:${items.replaceAll(district.id, 'district').replaceAll(top!.id, 'top').replaceAll(group!, 'group')}`, () => {
      assert.ok(expected.length > 0)
      assert.deepEqual(frozen('ou', items).toSorted(), [...expected].toSorted())
    })
  }

  it('names levels and groups by id', () => {
    const level = country.model.places.levels[2]!
    assert.deepEqual(frozen('ou', `LEVEL-${level.id}`), frozen('ou', 'LEVEL-3'))
    assert.ok(inGroup.length > 1)
  })

  it('takes the org units of another user', () => {
    const other = `filter=pe:2024&userOrgUnit=${district.id}`
    assert.deepEqual(frozen('ou', 'USER_ORGUNIT', other), [district.id])
  })

  const refused: [params: string, code: string][] = [
    [`dimension=ou:LEVEL-5;${childless.id}&filter=pe:2024&skipData=true`, 'E7143'],
    ['dimension=ou:nobody00000&filter=pe:2024&skipData=true', 'E7143'],
    ['dimension=ou:LEVEL-9&filter=pe:2024&skipData=true', 'E7143'],
    [`dimension=dx:nothing0000&filter=pe:2024&skipData=true`, 'E7124'],
    [`dimension=ou:${top!.id}&skipData=true`, 'E7146'],
    [`dimension=ou:${top!.id}&filter=pe:2024X9&skipData=true`, 'E7611'],
    [`dimension=ou:${top!.id}&filter=pe:2024`, 'E7102'],
    ['filter=pe:2024', 'E7101'],
    [`dimension=nope&dimension=ou:${top!.id}&filter=pe:2024`, 'E7124'],
  ]
  for (const [params, code] of refused) {
    it(`${code}: ${params.replaceAll(top!.id, 'top')}`, () => assert.equal(refusalOf(country, params), code))
  }

  it('expands groups, with repeats, drops what nobody knows, and takes DE.* for DE', () => {
    const { dataElements, indicators, groups } = country
    const [first] = dataElements
    assert.deepEqual(frozen('dx', `DE_GROUP-${groups.de[0]};${first!.id};nothing0000`), [
      ...ids(dataElements.slice(0, 4)),
      first!.id,
    ])
    assert.deepEqual(frozen('dx', `${first!.id}.*`), [first!.id])
    assert.deepEqual(
      frozen('dx', `IN_GROUP-${groups.in[0]}`, 'dimension=pe:2024'),
      ids(indicators.slice(0, 3)),
    )
    assert.equal(
      refusalOf(country, 'dimension=dx:DE_GROUP-nothing0000;IN_GROUP-nothing0000&filter=pe:2024'),
      'E7124',
    )
    assert.equal(refusalOf(country, `dimension=dx:${first!.id}.nothing0000&filter=pe:2024`), 'E7124')
    assert.equal(refusalOf(country, `dimension=dx:${first!.id}.*.nothing0000&filter=pe:2024`), 'E7124')
  })

  it('counts relative periods from its own day, or from another', () => {
    assert.deepEqual(frozen('pe', 'LAST_2_SIXMONTHS;LAST_3_MONTHS;202512', ''), [
      '2025S1',
      '2025S2',
      '202510',
      '202511',
      '202512',
    ])
    assert.deepEqual(frozen('pe', 'THIS_YEAR', 'relativePeriodDate=2020-05-01'), ['2020'])
    const later = countryOf({ now: '2026-02-01T00:00:00.000' })
    const answer = later.analytics('dimension=pe:LAST_MONTH&skipData=true')
    assert.deepEqual('metaData' in answer && (answer.metaData['dimensions'] as object), {
      pe: ['202601'],
      ou: [later.orgUnits[0]!.id],
      co: [],
    })
  })

  it('tells the days of periods and the kinds of data under includeMetadataDetails', () => {
    const dx = [
      country.dataElements[0]!.id,
      `${country.dataElements[0]!.id}.${country.dataElements[0]!.optionCombos[0]!.id}`,
      country.indicators[0]!.id,
      `${country.dataSets[0]!.id}.REPORTING_RATE`,
      country.program.indicators[0]!.id,
      `${country.program.id}.${country.program.weight}`,
    ]
    const answer = country.analytics(
      `dimension=dx:${dx.join(';')}&dimension=pe:2025W1&skipData=true&includeMetadataDetails=true`,
    )
    assert.ok('metaData' in answer)
    const items = answer.metaData['items'] as Record<string, Record<string, unknown>>
    const { startDate, endDate } = items['2025W1']!
    assert.deepEqual([startDate, endDate], ['2024-12-30T00:00:00.000', '2025-01-05T00:00:00.000'])
    assert.deepEqual(
      dx.map((id) => items[id]!['dimensionItemType']),
      [
        'DATA_ELEMENT',
        'DATA_ELEMENT_OPERAND',
        'INDICATOR',
        'REPORTING_RATE',
        'PROGRAM_INDICATOR',
        'PROGRAM_DATA_ELEMENT',
      ],
    )
  })

  it('tells the hierarchy when asked to', () => {
    const answer = country.analytics(
      'dimension=ou:LEVEL-2&filter=pe:2024&skipData=true&hierarchyMeta=true&showHierarchy=true',
    )
    assert.ok('metaData' in answer)
    const { id, path } = atLevel(2)[0]!
    const { ouHierarchy, ouNameHierarchy } = answer.metaData as Record<string, Record<string, string>>
    assert.deepEqual([ouHierarchy![id], ouNameHierarchy![id]], [top!.id, `/${path.join('/')}`])
  })
})
