import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Country, countryOf } from '../../../lib/testing/index.ts'
import { cells, joined, months, question, sorted } from '../../support/country.ts'

type Axes = Readonly<Record<'dx' | 'pe' | 'ou', readonly string[]>>

const byYears = /^(LAST|FIRST)(_AVERAGE_ORG_UNIT)?$/
const unstable = ['LAST_LAST_ORG_UNIT', 'FIRST_FIRST_ORG_UNIT', 'NONE']

function withClass(country: Country, isOne: (aggregationType: string) => boolean): string[] {
  return country.dataElements.filter(({ aggregationType }) => isOne(aggregationType)).map(({ id }) => id)
}

function whole(country: Country, axes: Axes) {
  return sorted(cells(country, question(axes)))
}

function inPieces(country: Country, axes: Axes, axis: 'dx' | 'pe' | 'ou', size = 1) {
  const items = axes[axis]
  const pieces = Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    cells(country, question({ ...axes, [axis]: items.slice(at * size, (at + 1) * size) })),
  )
  return sorted(joined(pieces))
}

const periods = [
  ...months(2023, 2025),
  '2023',
  '2024',
  '2025',
  '2023Q3',
  '2024Q1',
  '2024S2',
  '2024W10',
  '2025W1',
  '20240515',
]

/** Some of each axis of a small country. */
const questions = (dxOf: (country: Country) => readonly string[]) =>
  fc.integer({ min: 1, max: 40 }).chain((seed) => {
    const country = countryOf({ seed, orgUnits: 24, levels: 4 + (seed % 3) })
    return fc.record({
      country: fc.constant(country),
      axes: fc.record({
        dx: fc.subarray([...dxOf(country)], { minLength: 1, maxLength: Math.min(5, dxOf(country).length) }),
        pe: fc.subarray(periods, { minLength: 1, maxLength: 6 }),
        ou: fc.subarray(
          country.orgUnits.map(({ id }) => id),
          { minLength: 1, maxLength: 6 },
        ),
      }),
    })
  })

describe('a country: what may be split', () => {
  const safe = (country: Country) =>
    withClass(
      country,
      (type) => !byYears.test(type) && !unstable.includes(type) && type !== 'AVERAGE_SUM_ORG_UNIT',
    )
  const ranked = (country: Country) => withClass(country, (type) => byYears.test(type))
  const plain = (country: Country) =>
    country.indicators.filter(({ name }) => !/last/.test(name)).map(({ id }) => id)

  const cases: [title: string, dx: (country: Country) => readonly string[], axes: ('dx' | 'pe' | 'ou')[]][] =
    [
      ['sums, counts, averages and the like, along every axis', safe, ['dx', 'pe', 'ou']],
      ['first and last values, along dx and ou', ranked, ['dx', 'ou']],
      ['indicators without a last value in them, along every axis', plain, ['dx', 'pe', 'ou']],
      [
        'AVERAGE_SUM_ORG_UNIT, along dx and ou',
        (country) => withClass(country, (type) => type === 'AVERAGE_SUM_ORG_UNIT'),
        ['dx', 'ou'],
      ],
    ]
  for (const [title, dxOf, axes] of cases) {
    it(title, () => {
      let rows = 0
      fc.assert(
        fc.property(questions(dxOf), fc.constantFrom(...axes), ({ country, axes: asked }, axis) => {
          const all = whole(country, asked)
          rows += all.length
          assert.deepEqual(inPieces(country, asked, axis), all)
        }),
        { seed: 5, numRuns: 120 },
      )
      assert.ok(rows > 200, String(rows))
    })
  }

  it('first and last values along pe, as long as each piece touches the years of the whole', () => {
    const country = countryOf({ seed: 4 })
    const dx = ranked(country)
    const ou = country.orgUnits.map(({ id }) => id)
    const ofOneYear = { dx, pe: months(2024, 2024), ou }
    assert.deepEqual(inPieces(country, ofOneYear, 'pe'), whole(country, ofOneYear))
    // The same month of every year as one piece.
    const pe = months(2023, 2025).toSorted((a, b) => a.slice(4).localeCompare(b.slice(4)))
    assert.deepEqual(inPieces(country, { dx, pe, ou }, 'pe', 3), whole(country, { dx, pe, ou }))
  })

  it('first and last values along pe with a day of each other year, whose rows are dropped', () => {
    const country = countryOf({ seed: 4 })
    const [dx, ou] = [ranked(country), country.orgUnits.map(({ id }) => id)]
    const pe = months(2023, 2025)
    const pieces = [2023, 2024, 2025].map((year) => {
      const days = ['20230401', '20240401', '20250401'].filter((day) => !day.startsWith(String(year)))
      const found = cells(country, question({ dx, pe: [...months(year, year), ...days], ou }))
      return new Map([...found].filter(([key]) => !days.includes(key.split(' ')[1]!)))
    })
    assert.deepEqual(sorted(joined(pieces)), whole(country, { dx, pe, ou }))
  })
})

describe('a country: what may not be split', () => {
  const differing = (a: readonly [string, string][], b: readonly [string, string][]) => {
    const other = new Map(b)
    return a.filter(([key, value]) => other.get(key) !== value).length
  }
  const country = countryOf({ seed: 4 })
  const ou = country.orgUnits.map(({ id }) => id)

  it('first and last values along pe, year by year', () => {
    const asked = { dx: withClass(country, (type) => byYears.test(type)), pe: months(2023, 2025), ou }
    assert.ok(differing(whole(country, asked), inPieces(country, asked, 'pe', 12)) > 50)
  })

  it('an element asked for as LAST, likewise', () => {
    const dx = country.dataElements.slice(0, 2).map(({ id }) => id)
    const asLast = (pe: readonly string[]) =>
      cells(country, question({ dx, pe, ou }, { aggregationType: 'LAST' }))
    const pieces = [2023, 2024].map((year) => asLast(months(year, year)))
    assert.ok(differing(sorted(asLast(months(2023, 2024))), sorted(joined(pieces))) > 0)
  })

  it('an indicator over a last value and one whose offset adds years, in one request', () => {
    const [before, last] = ['year before', ': last '].map(
      (name) => country.indicators.find((each) => each.name.includes(name))!.id,
    ) as [string, string]
    const asked = { dx: [last, before], pe: months(2024, 2024), ou }
    assert.ok(differing(whole(country, asked), inPieces(country, asked, 'dx')) > 0)
    // Beside anything else it is as alone.
    const beside = {
      ...asked,
      dx: [last, ...withClass(country, (type) => type === 'LAST' || type === 'SUM')],
    }
    assert.deepEqual(inPieces(country, beside, 'dx'), whole(country, beside))
  })

  it('AVERAGE_SUM_ORG_UNIT onto periods finer than the data, but one by one: all are divided by the days of the first', () => {
    const [dx] = country.dataElements
      .filter((each) => each.aggregationType === 'AVERAGE_SUM_ORG_UNIT' && each.periodType.name === 'Yearly')
      .map(({ id }) => id)
    const asked = { dx: [dx!], pe: ['202401', '202402'], ou: ou.slice(0, 1) }
    const [first, second] = whole(country, asked)
    const [alone, other] = inPieces(country, asked, 'pe')
    assert.deepEqual(first, alone)
    assert.equal(Number(second![1]).toFixed(1), ((Number(other![1]) * 29) / 31).toFixed(1))
  })

  it('AVERAGE_SUM_ORG_UNIT onto coarser ones may', () => {
    const dx = withClass(country, (type) => type === 'AVERAGE_SUM_ORG_UNIT')
    const asked = { dx, pe: ['2023', '2024', '2025'], ou }
    assert.deepEqual(inPieces(country, asked, 'pe'), whole(country, asked))
  })

  it('last of the last org unit, and text above the facilities: two askings of the same differ', () => {
    const dx = withClass(country, (type) => unstable.includes(type))
    const asked = { dx, pe: months(2024, 2024), ou: ou.slice(0, 3) }
    const answers = new Set(Array.from({ length: 5 }, () => JSON.stringify(whole(country, asked))))
    assert.ok(answers.size > 1)
  })

  it('averages of years onto financial ones: as chance has it', () => {
    const [dx] = country.dataElements
      .filter((each) => each.aggregationType === 'AVERAGE' && each.periodType.name === 'Yearly')
      .map(({ id }) => id)
    const asked = { dx: [dx!], pe: ['2023April'], ou: ou.slice(0, 1) }
    const answers = new Set(Array.from({ length: 12 }, () => JSON.stringify(whole(country, asked))))
    assert.equal(answers.size, 2)
  })
})
