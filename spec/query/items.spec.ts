import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AnalyticsQuery,
  dataElementGroup,
  indicatorGroup,
  itemOf,
  level,
  noValue,
  noValueNV,
  operand,
  orgUnitGroup,
  QueryError,
  type RelativePeriod,
  relativePeriods,
  reportingRate,
  userOrgUnits,
  where,
  withLegendSet,
} from '../../lib/index.ts'
import { targetOf } from '../../lib/query/query.ts'

describe('items', () => {
  const cases: [made: string, expected: string][] = [
    [level(3), 'LEVEL-3'],
    [level(3, 'O6uvpzGd5pu'), 'LEVEL-3;O6uvpzGd5pu'],
    [level('m9lBJogzE95'), 'LEVEL-m9lBJogzE95'],
    [orgUnitGroup('CXw2yu5fodb'), 'OU_GROUP-CXw2yu5fodb'],
    [dataElementGroup('h9cuJOkOwY2'), 'DE_GROUP-h9cuJOkOwY2'],
    [indicatorGroup('oehv9EO3vP7'), 'IN_GROUP-oehv9EO3vP7'],
    [reportingRate('BfMAe6Itzgt'), 'BfMAe6Itzgt.REPORTING_RATE'],
    [reportingRate('BfMAe6Itzgt', 'EXPECTED_REPORTS'), 'BfMAe6Itzgt.EXPECTED_REPORTS'],
    [operand('fbfJHSPpUQD', 'pq2XI5kz2BY'), 'fbfJHSPpUQD.pq2XI5kz2BY'],
    [operand('fbfJHSPpUQD', '*', 'j8vBiBqGf6O'), 'fbfJHSPpUQD.*.j8vBiBqGf6O'],
    [itemOf({ program: 'IpHINAT79UW' }, 'a3kGcGDCuk6'), 'IpHINAT79UW.a3kGcGDCuk6'],
    [itemOf({ stage: 'A03MvHHogjR' }, 'UXz7xuGCEhU'), 'A03MvHHogjR.UXz7xuGCEhU'],
    [itemOf({ stage: 'A03MvHHogjR', repetition: -1 }, 'bx6fsa0t90x'), 'A03MvHHogjR[-1].bx6fsa0t90x'],
    [
      itemOf({ program: 'IpHINAT79UW', stage: 'A03MvHHogjR', repetition: 0 }, 'bx6fsa0t90x'),
      'IpHINAT79UW.A03MvHHogjR[0].bx6fsa0t90x',
    ],
    [withLegendSet('qrur9Dvnyt5', 'Yf6UHoPkdS6'), 'qrur9Dvnyt5-Yf6UHoPkdS6'],
    [where('qrur9Dvnyt5', { GT: 5 }), 'qrur9Dvnyt5:GT:5'],
    [where('qrur9Dvnyt5', { GT: 5, LT: 15, GE: undefined }), 'qrur9Dvnyt5:GT:5:LT:15'],
    [where('qrur9Dvnyt5', { IN: [18, '19', noValue] }), 'qrur9Dvnyt5:IN:18;19;D2__NOVALUE'],
    [where('qrur9Dvnyt5', { NE: noValue }), 'qrur9Dvnyt5:NE:D2__NOVALUE'],
    [where('qrur9Dvnyt5', { IN: [5, noValueNV, noValue] }), 'qrur9Dvnyt5:IN:5;NV;D2__NOVALUE'],
    [where('qrur9Dvnyt5', { NE: 1 }, { NE: 2 }), 'qrur9Dvnyt5:NE:1:NE:2'],
    [where('w75KJ2mc4zz', { ILIKE: 'hawa k' }), 'w75KJ2mc4zz:ILIKE:hawa k'],
    [where('w75KJ2mc4zz', { '!LIKE': 'x-y' }), 'w75KJ2mc4zz:!LIKE:x-y'],
    [
      where(withLegendSet('qrur9Dvnyt5', 'Yf6UHoPkdS6'), { IN: ['TvM2MQgD7Jd'] }),
      'qrur9Dvnyt5-Yf6UHoPkdS6:IN:TvM2MQgD7Jd',
    ],
    [
      where(itemOf({ stage: 'A03MvHHogjR', repetition: 1 }, 'UXz7xuGCEhU'), { LE: 1.5 }),
      'A03MvHHogjR[1].UXz7xuGCEhU:LE:1.5',
    ],
  ]
  for (const [made, expected] of cases) it(`are plain text: ${expected}`, () => assert.equal(made, expected))

  const bad: [title: string, make: () => unknown][] = [
    ['a level of zero', () => level(0)],
    ['half a level', () => level(2.5)],
    ['a boundary that is two items', () => level(3, 'a;b')],
    ['a group with a colon', () => orgUnitGroup('a:b')],
    ['a group that is empty', () => dataElementGroup('')],
    ['a group that is no text', () => indicatorGroup(undefined as never)],
    ['a data set with a metric in it', () => reportingRate('a.REPORTING_RATE')],
    ['a metric that there is not', () => reportingRate('a', 'REPORTS' as never)],
    ['an operand with a comma', () => operand('a,b', 'c')],
    ['a wildcard for the data element', () => operand('*', 'c')],
    ['a repetition without a stage', () => itemOf({ repetition: 1 }, 'a')],
    ['a repetition that is no number', () => itemOf({ stage: 'a', repetition: Number.NaN }, 'b')],
    ['a dimension that is a condition', () => withLegendSet('a:GT:5', 'b')],
    ['a legend set with a hyphen', () => withLegendSet('a', 'b-c')],
    ['a dimension with an operator in it', () => where('a:GT', { LT: 5 })],
    ['no condition', () => where('a', {})],
    ['an operator that there is not', () => where('a', { gt: 5 } as never)],
    ['a value with a colon, which a time has', () => where('a', { GT: '10:30' })],
    ['a value with a semicolon', () => where('a', { IN: ['b;c'] })],
    ['a value with a comma', () => where('a', { LIKE: 'b,c' })],
    ['an empty value', () => where('a', { EQ: '' })],
    ['an empty list', () => where('a', { IN: [] })],
    ['no number', () => where('a', { EQ: Number.NaN })],
  ]
  for (const [title, make] of bad) it(`refuse ${title}`, () => assert.throws(make, QueryError))

  it('go into a query as they are', () => {
    const query: AnalyticsQuery = {
      dx: [reportingRate('BfMAe6Itzgt'), dataElementGroup('h9cuJOkOwY2')],
      pe: ['LAST_12_MONTHS', '202401'],
      ou: [...userOrgUnits.slice(0, 1), level(3)],
      dimension: [where('qrur9Dvnyt5', { GT: 5, LT: 15 }), 'co'],
      filter: [where('oZg33kd9taw', { IN: ['Female', noValue] })],
    }
    assert.deepEqual(targetOf(query).search.split('&').map(decodeURIComponent), [
      'dimension=dx:BfMAe6Itzgt.REPORTING_RATE;DE_GROUP-h9cuJOkOwY2',
      'dimension=pe:LAST_12_MONTHS;202401',
      'dimension=ou:USER_ORGUNIT;LEVEL-3',
      'dimension=qrur9Dvnyt5:GT:5:LT:15',
      'dimension=co',
      'filter=oZg33kd9taw:IN:Female;D2__NOVALUE',
    ])
  })

  it('may be asked for once: also as a whole dimension', () => {
    assert.throws(() => targetOf({ ou: 'a', dimension: ['ou:b'] }), /ou is asked for twice/)
  })

  it('have types that know what there is', () => {
    const period: RelativePeriod = 'LAST_12_MONTHS'
    assert.ok(relativePeriods.includes(period))
    // @ts-expect-error no period of DHIS2's
    const wrong: RelativePeriod = 'LAST_13_MONTHS'
    // @ts-expect-error no operator of DHIS2's
    assert.throws(() => where('a', { BETWEEN: 5 }), QueryError)
    // @ts-expect-error several values are for IN
    assert.equal(where('a', { EQ: ['b', 'c'] }), 'a:EQ:b;c')
    // @ts-expect-error no metric of DHIS2's
    assert.throws(() => reportingRate('a', wrong), QueryError)
    // @ts-expect-error a condition is needed
    assert.throws(() => where('a'), QueryError)
  })
})
