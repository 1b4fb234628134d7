import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countryOf } from '../../../lib/testing/index.ts'
import { cells, months, question, refusalOf } from '../../support/country.ts'

const country = countryOf({ seed: 11, orgUnits: 30, levels: 5 })
const [top] = country.orgUnits
const element = (aggregationType: string, period = 'Monthly') =>
  country.dataElements.find(
    (each) => each.aggregationType === aggregationType && each.periodType.name === period,
  )!
const indicator = (name: string) => country.indicators.find((each) => each.name.includes(`: ${name}`))!

/** The raw values of an element at a place and below it in some periods, from `country.value()` alone. */
function raws(dataElement: string, periods: readonly string[], orgUnit = top!.id): number[] {
  const { optionCombos } = country.dataElements.find(({ id }) => id === dataElement)!
  return country
    .enteredBy(dataElement)
    .filter(({ ids }) => ids.includes(orgUnit))
    .flatMap((place) =>
      optionCombos.flatMap(({ id: categoryOptionCombo }) =>
        periods.flatMap((period) => {
          const value = country.value({ dataElement, period, orgUnit: place.id, categoryOptionCombo })
          return value === undefined ? [] : Number(value)
        }),
      ),
    )
}

function cell(
  dx: string,
  pe: string,
  more: Readonly<Record<string, string>> = {},
  others: readonly string[] = [],
) {
  return cells(country, question({ dx: [dx, ...others], pe: [pe], ou: [top!.id] }, more)).get(
    `${dx} ${pe} ${top!.id}`,
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const two = (number: number) => String(Math.round(number * 100) / 100)

describe('a country: cells', () => {
  const quarter = ['202401', '202402', '202403']
  const byType: [type: string, of: (numbers: readonly number[]) => number][] = [
    ['SUM', sum],
    ['COUNT', (numbers) => numbers.length],
    ['MIN', (numbers) => Math.min(...numbers)],
    ['MAX', (numbers) => Math.max(...numbers)],
    ['AVERAGE', (numbers) => sum(numbers) / numbers.length],
  ]
  for (const [type, of] of byType) {
    it(`${type} is of all values below and within`, () => {
      const { id } = element(type)
      assert.equal(Number(cell(id, '2024Q1')), Number(two(of(raws(id, quarter)))))
    })
  }

  it('aggregationType takes the place of an element’s own', () => {
    const { id } = element('SUM')
    assert.equal(cell(id, '202401', { aggregationType: 'MAX' }), String(Math.max(...raws(id, ['202401']))))
  })

  it('AVERAGE_SUM_ORG_UNIT weighs months by their days', () => {
    const { id } = element('AVERAGE_SUM_ORG_UNIT')
    const days = [31, 29, 31]
    const weighed = sum(quarter.map((month, at) => sum(raws(id, [month])) * days[at]!)) / 91
    assert.equal(Number(cell(id, '2024Q1')), Number(two(weighed)))
  })

  it('LAST is the last value of each org unit up to the end of the period, wherever it was entered', () => {
    const { id } = element('LAST')
    const last = country.enteredBy(id).map((place) => {
      const all = months(2023, 2024)
        .toReversed()
        .flatMap((month) => raws(id, [month], place.id).slice(0, 1))
      return all[0] ?? 0
    })
    const found = cells(country, question({ dx: [id], pe: ['2023', '2024'], ou: [top!.id] }))
    assert.equal(found.get(`${id} 2024 ${top!.id}`), String(sum(last)))
  })

  it('FIRST looks ten years back, and gives nothing where what it finds is of no year asked for', () => {
    const { id } = element('FIRST')
    assert.equal(cell(id, '202401'), undefined)
    const beside = cells(country, question({ dx: [id], pe: ['202401', '202301'], ou: [top!.id] }))
    assert.ok(Number(beside.get(`${id} 202401 ${top!.id}`)) > 0)
  })

  it('weeks count for the month that they begin in, and are lost to what is shorter', () => {
    const { id } = element('SUM', 'Weekly')
    // Weeks 6 to 9 of 2024 begin on 5, 12, 19 and 26 February.
    assert.equal(cell(id, '202402'), String(sum(raws(id, ['2024W6', '2024W7', '2024W8', '2024W9']))))
    assert.equal(cell(id, '20240205'), undefined)
  })

  it('years of an average count for each month, years of a sum for none', () => {
    const average = element('AVERAGE', 'Yearly')
    assert.equal(cell(average.id, '202405'), cell(average.id, '2024'))
    assert.equal(cell(element('SUM', 'Yearly').id, '202405'), undefined)
  })

  it('spreads of a single value are none', () => {
    const { id } = element('STDDEV')
    const [leaf] = country.enteredBy(id)
    assert.equal(cells(country, question({ dx: [id], pe: ['202401'], ou: [leaf!.id] })).size, 0)
  })

  it('text is what was written', () => {
    const { id } = element('NONE')
    const [place] = country
      .enteredBy(id)
      .filter((each) => country.value({ dataElement: id, period: '202401', orgUnit: each.id }))
    const found = cells(country, question({ dx: [id], pe: ['202401'], ou: [place!.id] }))
    assert.deepEqual(
      [...found.values()],
      [country.value({ dataElement: id, period: '202401', orgUnit: place!.id })],
    )
  })

  it('operands come in all combinations, asked for or not', () => {
    const [a, b] = [element('SUM'), element('COUNT')]
    const [x, y] = [a.optionCombos[0]!, a.optionCombos[1]!]
    const found = cells(
      country,
      question({ dx: [`${a.id}.${x.id}`, `${b.id}.${y.id}`], pe: ['2024'], ou: [top!.id] }),
    )
    const expected = [a, b].flatMap(({ id }) => [x, y].map((combo) => `${id}.${combo.id} 2024 ${top!.id}`))
    assert.deepEqual([...found.keys()].toSorted(), expected.toSorted())
  })

  it('all operands of an element are its total, which DE.* is too, and a row each under co', () => {
    const { id, optionCombos } = element('SUM')
    const operands = optionCombos.map((combo) => `${id}.${combo.id}`)
    const found = cells(country, question({ dx: operands, pe: ['2024'], ou: [top!.id] }))
    assert.equal(String(sum([...found.values()].map(Number))), cell(id, '2024'))
    const total = cells(country, question({ dx: [`${id}.*`], pe: ['2024'], ou: [top!.id] }))
    assert.deepEqual([...total], [[`${id} 2024 ${top!.id}`, cell(id, '2024')]])
    const byCombo = cells(country, [
      ['dimension', 'co'],
      ...question({ dx: [id], pe: ['2024'], ou: [top!.id] }),
    ])
    assert.deepEqual(
      [...byCombo.keys()].toSorted(),
      optionCombos.map((combo) => `${id} ${combo.id} 2024 ${top!.id}`).toSorted(),
    )
    const withAttribute = `${id}.${optionCombos[0]!.id}.HllvX50cXC0`
    assert.equal(cell(withAttribute, '2024'), found.get(`${operands[0]} 2024 ${top!.id}`))
    assert.equal(cell(`${id}.*.HllvX50cXC0`, '2024'), cell(id, '2024'))
  })

  it('repeated elements and periods vanish, a repeated indicator gives its rows twice', () => {
    const twice = (id: string) => {
      const answer = country.analytics(
        question({ dx: [id, id], pe: ['2024', '2024'], ou: [top!.id, top!.id] }),
      )
      return 'rows' in answer && [...answer.rows].length
    }
    assert.equal(twice(element('SUM').id), 1)
    assert.equal(twice(indicator('ratio').id), 2)
  })

  it('a filter is one sum over all of its items', () => {
    const { id } = element('SUM')
    const ou = country.orgUnits.filter(({ level }) => level === 2).map((place) => place.id)
    const byQuarter = cells(country, [
      ['dimension', `dx:${id}`],
      ['filter', `ou:${ou.join(';')}`],
      ['filter', `pe:${quarter.join(';')}`],
    ])
    assert.deepEqual([...byQuarter], [[id, cell(id, '2024Q1')]])
    const both = [id, element('MAX').id]
    const ofData = cells(country, [
      ['filter', `dx:${both.join(';')}`],
      ['dimension', 'pe:2024'],
      ['dimension', `ou:${top!.id}`],
    ])
    assert.deepEqual([...ofData.values()], [`${sum(both.map((each) => Number(cell(each, '2024'))))}.0`])
  })

  it('days stand for periods where there are none', () => {
    const { id } = element('SUM')
    const found = cells(
      country,
      `dimension=dx:${id}&dimension=ou:${top!.id}&startDate=2024-01-01&endDate=2024-03-31`
        .split('&')
        .map((pair) => pair.split('=') as [string, string]),
    )
    assert.deepEqual([...found.values()], [cell(id, '2024Q1')])
  })

  it('decimals are rounded to two, unless nobody wants that', () => {
    const { id } = indicator('ratio')
    assert.match(cell(id, '2024')!, /^\d+\.\d{1,2}$/)
    assert.match(cell(id, '2024', { skipRounding: 'true' })!, /^\d+\.\d{6,}$/)
  })
})

describe('a country: indicators', () => {
  const a = (pe: string) => Number(cell(element('SUM').id, pe))

  it('are annualised by the days of their period', () => {
    assert.equal(Number(cell(indicator('annual').id, '2024')), Number(two((a('2024') * 365) / 366)))
  })

  it('look at other periods', () => {
    assert.equal(Number(cell(indicator('change').id, '202403')), a('202403') - a('202402'))
    assert.equal(
      Number(cell(indicator('year to date').id, '202403')),
      a('202401') + a('202402') + a('202403'),
    )
  })

  it('take offsets to lead nowhere where pe stands behind ou', () => {
    const { id } = indicator('change')
    const found = cells(country, question({ dx: [id], ou: [top!.id], pe: ['202403'] }))
    assert.deepEqual([...found.values()], ['0.0'])
  })

  it('with an offset are refused with pe as a filter', () => {
    const asked = (dx: string) =>
      [...question({ dx: [dx], ou: [top!.id] }), ['filter', 'pe:2024']] as [string, string][]
    assert.equal(refusalOf(country, asked(indicator('change').id)), 'E7152')
    assert.equal(refusalOf(country, asked(indicator('ratio').id)), undefined)
  })

  it('know brackets, constants and another aggregation', () => {
    const { id, optionCombos } = element('SUM')
    const part = Number(cell(`${id}.${optionCombos.at(-1)!.id}`, '202402'))
    assert.equal(Number(cell(indicator('sum in brackets').id, '202403')), a('202402') + part)
    const found = cell(indicator('year before').id, '202403')
    const plain = country.dataElements[1]!.id
    assert.equal(
      found,
      two((a('202303') / (Number(cell(plain, '202403')) + 12)) * 10).replace(/^(\d+)$/, '$1.0'),
    )
    assert.notEqual(cell(indicator('last of a sum').id, '2024'), undefined)
  })

  it('have no row where nothing they need has a value', () => {
    assert.equal(cell(indicator('ratio').id, '1999'), undefined)
  })
})

describe('a country: reporting rates', () => {
  const [{ id }] = country.dataSets as readonly [{ id: string }, ...unknown[]]
  const rate = (metric: string, pe: string) => Number(cell(`${id}.${metric}`, pe))

  it('are reports that came, of those that were to come', () => {
    const expected = country.enteredBy(element('SUM').id).length * 12
    assert.equal(rate('EXPECTED_REPORTS', '2024'), expected)
    assert.equal(
      rate('REPORTING_RATE', '2024'),
      Number(two((rate('ACTUAL_REPORTS', '2024') / expected) * 100)),
    )
    assert.ok(rate('REPORTING_RATE_ON_TIME', '2024') < rate('REPORTING_RATE', '2024'))
    assert.ok(rate('ACTUAL_REPORTS_ON_TIME', '2024') < rate('ACTUAL_REPORTS', '2024'))
  })

  it('are none of periods shorter than those of the data set', () => {
    assert.equal(cell(`${id}.EXPECTED_REPORTS`, '20240115'), undefined)
  })
})
