import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Country, countryOf } from '../../../lib/testing/index.ts'
import { cells, question } from '../../support/country.ts'

const country = countryOf({ seed: 5, orgUnits: 30, levels: 4, events: 600 })
const { program } = country
const [top] = country.orgUnits
const regions = country.orgUnits.filter(({ level }) => level === 2)
/** Region and district side by side, with a facility below the first that counts in both levels. */
const district = country.orgUnits.find((place) => place.level === 3 && !place.ids.includes(regions[0]!.id))!
const dayMs = 86_400_000
const yearOf = (day: number) => new Date(day * dayMs).getUTCFullYear()

type Kind = 'eventCounts' | 'enrollmentCounts' | 'rawData'

function asked(kind: Kind, params: string | readonly (readonly [string, string])[], of: Country = country) {
  const answer = of[kind](params)
  if ('message' in answer) throw new Error(answer.errorCode)
  const names = answer.headers.map(({ name }) => name)
  return {
    names,
    rows: [...answer.rows].map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]!]))),
  }
}

const eventsIn = (year: number, ou = top!.id) =>
  program.events.filter(
    ({ day, place }) => day !== undefined && yearOf(day) === year && place.ids.includes(ou),
  )

describe('a country: numbers made of events', () => {
  const inCell = (dx: string, pe = '2024') =>
    cells(country, question({ dx: [dx], pe: [pe], ou: [top!.id] })).get(`${dx} ${pe} ${top!.id}`)

  it('program indicators count, add up and average the events of a period', () => {
    const [stays, weight, mean, largest, deaths] = program.indicators.map(({ id }) => inCell(id))
    const weights = eventsIn(2024).flatMap((event) => event.weight ?? [])
    const sum = weights.reduce((a, b) => a + b, 0)
    assert.equal(stays, `${eventsIn(2024).length}.0`)
    assert.equal(Number(weight), Math.round(sum * 100) / 100)
    assert.equal(Number(mean), Math.round((sum / weights.length) * 100) / 100)
    assert.equal(Number(largest), Math.max(...weights))
    assert.equal(deaths, `${eventsIn(2024).filter(({ outcome }) => outcome.code === 'DIED').length}.0`)
  })

  it('so do data elements and options of a program', () => {
    const [option] = program.options
    assert.equal(inCell(`${program.id}.${program.weight}`), inCell(program.indicators[2]!.id))
    assert.equal(
      inCell(`${program.id}.${program.outcome}.${option!.id}`),
      `${eventsIn(2024).filter(({ outcome }) => outcome === option).length}.0`,
    )
    assert.throws(() => inCell(`${program.id}.nothing0000`), /E7124/)
  })

  it('are wrong where org units of two levels are a filter, and right where they are a dimension', () => {
    const dx = program.indicators[0]!.id
    const both = [regions[0]!.id, district.id]
    const asFilter = cells(country, [
      ...question({ dx: [dx], pe: ['2024'] }),
      ['filter', `ou:${both.join(';')}`],
    ])
    const asDimension = cells(country, question({ dx: [dx], pe: ['2024'], ou: both }))
    const sum = [...asDimension.values()].reduce((total, value) => total + Number(value), 0)
    assert.equal(
      sum,
      both.reduce((total, ou) => total + eventsIn(2024, ou).length, 0),
    )
    assert.ok(Number([...asFilter.values()][0]) < sum)
    const counts = (kind: 'eventCounts' | 'enrollmentCounts', parameter: string) =>
      asked(kind, `dimension=pe:2024&${parameter}=ou:${both.join(';')}`).rows.reduce(
        (total, row) => total + Number(row['value']),
        0,
      )
    for (const kind of ['eventCounts', 'enrollmentCounts'] as const) {
      assert.ok(counts(kind, 'filter') < counts(kind, 'dimension'), kind)
    }
    // Data elements are right either way.
    const element = country.dataElements[0]!.id
    const right = cells(country, [
      ...question({ dx: [element], pe: ['2024'] }),
      ['filter', `ou:${both.join(';')}`],
    ])
    const parts = cells(country, question({ dx: [element], pe: ['2024'], ou: both }))
    assert.equal(
      Number([...right.values()][0]),
      [...parts.values()].reduce((total, value) => total + Number(value), 0),
    )
  })
})

describe('a country: events/aggregate', () => {
  const ou = `dimension=ou:${top!.id}`

  it('counts events by period and org unit, by outcome where that is asked for', () => {
    const { rows } = asked('eventCounts', `dimension=pe:2023;2024&${ou}`)
    assert.deepEqual(
      rows.map((row) => [row['pe'], row['value']]),
      [2023, 2024].map((year) => [String(year), String(eventsIn(year).length)]),
    )
    const byOutcome = asked('eventCounts', `dimension=pe:2024&${ou}&dimension=${program.outcome}`).rows
    assert.deepEqual(
      byOutcome.map((row) => row[program.outcome]),
      ['CURED', 'DIED', 'LOST'],
    )
  })

  it('changes the order of its columns from question to question', () => {
    const orders = new Set(
      ['202401', '202402', '202403', '202404', '202405'].map((pe) =>
        asked('eventCounts', `dimension=pe:${pe}&${ou}&dimension=${program.outcome}`).names.join(),
      ),
    )
    assert.ok(orders.size > 1)
    assert.ok([...orders].every((names) => names.endsWith(',value')))
  })

  it('makes a number of a value, but with LAST gives no rows of several periods and E7145 of one', () => {
    const weight = `value=${program.weight}`
    const { rows } = asked('eventCounts', `dimension=pe:2024&${ou}&${weight}&aggregationType=SUM`)
    assert.equal(
      rows[0]!['value'],
      cells(country, question({ dx: [program.indicators[1]!.id], pe: ['2024'], ou: [top!.id] })).get(
        `${program.indicators[1]!.id} 2024 ${top!.id}`,
      ),
    )
    assert.ok(Number(asked('eventCounts', `dimension=pe:2024&${ou}&${weight}`).rows[0]!['value']) < 90)
    assert.ok(
      Number(
        asked('eventCounts', `dimension=pe:2024&${ou}&${weight}&aggregationType=MIN`).rows[0]!['value'],
      ) < 5,
    )
    assert.deepEqual(
      asked('eventCounts', `dimension=pe:2023;2024&${ou}&${weight}&aggregationType=LAST`).rows,
      [],
    )
    assert.throws(
      () => asked('eventCounts', `dimension=pe:2024&${ou}&${weight}&aggregationType=LAST`),
      /E7145/,
    )
  })

  it('may be split along pe and ou', () => {
    const places = country.orgUnits.slice(0, 12).map(({ id }) => id)
    const whole = asked('eventCounts', `dimension=pe:2023;2024;2025&dimension=ou:${places.join(';')}`).rows
    const pieces = ['2023', '2024', '2025'].flatMap((pe) =>
      places.flatMap((place) => asked('eventCounts', `dimension=pe:${pe}&dimension=ou:${place}`).rows),
    )
    const textOf = (rows: typeof whole) =>
      rows.map((row) => `${row['pe']} ${row['ou']} ${row['value']}`).toSorted()
    assert.deepEqual(textOf(pieces), textOf(whole))
  })

  it('refuses what is no question', () => {
    assert.throws(() => asked('eventCounts', 'dimension=pe:nope'), /E7611/)
    assert.throws(() => asked('eventCounts', `${ou}`), /E7146/)
  })

  it('leaves out metaData under skipMeta', () => {
    const answer = country.eventCounts(`dimension=pe:2024&${ou}&skipMeta=true`)
    assert.deepEqual('metaData' in answer && answer.metaData, {})
  })
})

describe('a country: enrollments/aggregate', () => {
  const counted = (pe: string) =>
    asked('enrollmentCounts', `dimension=pe:${pe}&dimension=ou:${top!.id}`).rows.map((row) => [
      row['pe'],
      Number(row['value']),
    ])

  it('reads several periods as one span, whose ends count what is in it alone', () => {
    const alone = new Map(
      ['2023', '2024', '2023Q1', '2023Q4', '2024Q1'].flatMap((pe) => counted(pe)) as [string, number][],
    )
    const together = new Map(counted('2023;2024Q1') as [string, number][])
    assert.deepEqual([...together.keys()].toSorted(), [
      '2023',
      '2023Q1',
      '2023Q2',
      '2023Q3',
      '2023Q4',
      '2024',
      '2024Q1',
    ])
    for (const pe of ['2023', '2023Q1', '2023Q4', '2024Q1']) assert.equal(together.get(pe), alone.get(pe))
    assert.equal(together.get('2024'), alone.get('2024Q1'))
    assert.ok(alone.get('2024')! > alone.get('2024Q1')!)
  })

  it('counts all at once where pe is no dimension', () => {
    const { rows } = asked('enrollmentCounts', `filter=pe:2024&dimension=ou:${top!.id}`)
    assert.deepEqual(
      rows.map((row) => Number(row['value'])),
      counted('2024').map(([, count]) => count),
    )
    assert.throws(() => asked('enrollmentCounts', 'dimension=pe:nope'), /E7611/)
  })
})

describe('a country: rawData', () => {
  const monthly = country.dataElements[1]!
  const weekly = country.dataElements.find(({ periodType }) => periodType.name === 'Weekly')!
  const raw = (dx: string, pe: string, ou = top!.id) =>
    asked('rawData', `dimension=dx:${dx}&dimension=pe:${pe}&dimension=ou:${ou}`).rows

  it('gives each value as it was entered', () => {
    const rows = raw(monthly.id, '2024Q1')
    assert.ok(rows.length > 5)
    for (const { ou, pe, value } of rows) {
      assert.equal(Number(value), country.value({ dataElement: monthly.id, period: pe!, orgUnit: ou! }))
    }
    assert.deepEqual(
      [rows[0]!['pestartdate'], rows[0]!['peenddate']].map((day) => day!.length),
      [10, 10],
    )
  })

  it('is the same by month, and loses weeks by month and all months by week', () => {
    const months = ['202401', '202402', '202403']
    assert.equal(months.flatMap((pe) => raw(monthly.id, pe)).length, raw(monthly.id, '2024Q1').length)
    assert.ok(months.flatMap((pe) => raw(weekly.id, pe)).length < raw(weekly.id, '2024Q1').length)
    assert.equal(raw(monthly.id, '2024W2').length, 0)
  })

  it('takes several periods as one span', () => {
    assert.deepEqual(
      new Set(raw(monthly.id, '202401;202404').map((row) => row['pe'])),
      new Set(['202401', '202402', '202403', '202404']),
    )
  })

  it('gives each value once, however often an org unit above it was named', () => {
    assert.equal(
      raw(monthly.id, '202401', `${top!.id};${regions[0]!.id}`).length,
      raw(monthly.id, '202401').length,
    )
    assert.throws(() => raw('nothing0000', '202401'), /E7124/)
  })
})
