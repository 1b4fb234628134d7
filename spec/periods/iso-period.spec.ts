import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isoPeriod } from '../../lib/periods/iso-period.ts'

/** What a running 2.43.2 said of them: their days, or that they are none. */
const said: Record<string, string> = {
  '20240229': '2024-02-29 2024-02-29 Daily',
  '2025W1': '2024-12-30 2025-01-05 Weekly',
  '2020W53': '2020-12-28 2021-01-03 Weekly',
  '2024W53': 'none',
  '2025WedW1': '2025-01-01 2025-01-07 WeeklyWednesday',
  '2025ThuW1': '2025-01-02 2025-01-08 WeeklyThursday',
  '2025FriW1': '2025-01-03 2025-01-09 WeeklyFriday',
  '2025SatW1': '2025-01-04 2025-01-10 WeeklySaturday',
  '2025SunW1': '2024-12-29 2025-01-04 WeeklySunday',
  '2025MonW1': 'none',
  '2025BiW1': '2024-12-30 2025-01-12 BiWeekly',
  '2025BiW27': 'none',
  '202402': '2024-02-01 2024-02-29 Monthly',
  '202401B': '2024-01-01 2024-02-29 BiMonthly',
  '2024Q1': '2024-01-01 2024-03-31 Quarterly',
  '2024NovQ1': '2023-11-01 2024-01-31 QuarterlyNov',
  '2024S1': '2024-01-01 2024-06-30 SixMonthly',
  '2024AprilS1': '2024-04-01 2024-09-30 SixMonthlyApril',
  '2024NovS1': '2023-11-01 2024-04-30 SixMonthlyNov',
  '2024': '2024-01-01 2024-12-31 Yearly',
  '2024April': '2024-04-01 2025-03-31 FinancialApril',
  '2024July': '2024-07-01 2025-06-30 FinancialJuly',
  '2024Sep': '2024-09-01 2025-08-31 FinancialSep',
  '2024Oct': '2024-10-01 2025-09-30 FinancialOct',
  '2024Nov': '2023-11-01 2024-10-31 FinancialNov',
  '2024Feb': '2024-02-01 2025-01-31 FinancialFeb',
  '2024Aug': '2024-08-01 2025-07-31 FinancialAug',
}

/** What follows from these. */
const follow: Record<string, string> = {
  '2024-02-29': '2024-02-29 2024-02-29 Daily',
  '2024-02': '2024-02-01 2024-02-29 Monthly',
  '202406B': '2024-11-01 2024-12-31 BiMonthly',
  '2024Q4': '2024-10-01 2024-12-31 Quarterly',
  '2024NovQ4': '2024-08-01 2024-10-31 QuarterlyNov',
  '2024S2': '2024-07-01 2024-12-31 SixMonthly',
  '2024AprilS2': '2024-10-01 2025-03-31 SixMonthlyApril',
  '2024NovS2': '2024-05-01 2024-10-31 SixMonthlyNov',
  '2024W52': '2024-12-23 2024-12-29 Weekly',
  '2025W01': '2024-12-30 2025-01-05 Weekly',
  '2026SunW53': 'none',
  '2025BiW26': '2025-12-15 2025-12-28 BiWeekly',
  '2020BiW27': '2020-12-28 2021-01-10 BiWeekly',
}

const none = [
  '',
  '24',
  '20240230',
  '20230229',
  '20241301',
  '202413',
  '202400',
  '202407B',
  '202400B',
  '2024Q0',
  '2024Q5',
  '2024S3',
  '2024W0',
  '2024W54',
  '2024BiW0',
  '2024NovQ5',
  '2024AprilS3',
  '2024January',
  'LAST_12_MONTHS',
  ' 2024',
  '2024 ',
  '2024q1',
  'ImspTQPwCqd',
]

const shown = (id: string) => {
  const period = isoPeriod(id)
  return period ? `${period.from} ${period.to} ${period.type}` : 'none'
}

describe('periods', () => {
  for (const [id, days] of Object.entries({ ...said, ...follow })) {
    it(`${id} ${days === 'none' ? 'is none' : 'has its days'}`, () => assert.equal(shown(id), days))
  }

  it('are no other texts', () => {
    for (const id of none) assert.equal(shown(id), 'none', id)
  })

  it('of a kind follow on each other without a gap, for 400 years', () => {
    const years = Array.from({ length: 400 }, (_, i) => 1800 + i)
    const numbered = (name: string, most: number) =>
      years.flatMap((year) => Array.from({ length: most }, (_, i) => `${year}${name}${i + 1}`))
    const runs = [
      years.map(String),
      ...['April', 'July', 'Sep', 'Oct', 'Nov', 'Feb', 'Aug'].map((name) => years.map((year) => year + name)),
      ...['W', 'WedW', 'ThuW', 'FriW', 'SatW', 'SunW'].map((name) => numbered(name, 53)),
      ...['Q', 'NovQ'].map((name) => numbered(name, 4)),
      ...['S', 'AprilS', 'NovS'].map((name) => numbered(name, 2)),
      years.flatMap((year) =>
        Array.from({ length: 12 }, (_, i) => `${year}${String(i + 1).padStart(2, '0')}`),
      ),
      years.flatMap((year) => Array.from({ length: 6 }, (_, i) => `${year}0${i + 1}B`)),
    ]
    for (const run of runs) {
      const periods = run.flatMap((id) => isoPeriod(id) ?? [])
      assert.ok(periods.length >= 400)
      for (const [i, { to }] of periods.slice(0, -1).entries()) {
        const next = new Date(Date.parse(to) + 86_400_000).toISOString().slice(0, 10)
        assert.equal(periods[i + 1]!.from, next, `behind ${to}`)
      }
    }
  })

  it('of a week begin on its day, and the first of a year holds 4 January', () => {
    const kinds = { W: 1, WedW: 3, ThuW: 4, FriW: 5, SatW: 6, SunW: 0 }
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 9998 }),
        fc.constantFrom(...Object.keys(kinds)),
        (year, name) => {
          const { from, to } = isoPeriod(`${year}${name}1`)!
          assert.equal(new Date(from).getUTCDay(), kinds[name as keyof typeof kinds])
          assert.ok(from <= `${year}-01-04` && to >= `${year}-01-04`)
        },
      ),
    )
  })
})
