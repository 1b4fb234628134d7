import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isoPeriod } from '../../lib/periods/iso-period.ts'
import { relativePeriods } from '../../lib/query/relative-periods.ts'
import { periodAt, periodOf, periodType } from '../../lib/testing/calendar.ts'
import { daysOfPeriod, periodsOf } from '../../lib/testing/periods.ts'

/** What a running 2.43.2 said of each; undefined where it refused. */
const said: readonly (readonly [id: string, days: string | undefined, type: string])[] = [
  ['20240229', '2024-02-29 2024-02-29', 'Daily'],
  ['2025W1', '2024-12-30 2025-01-05', 'Weekly'],
  ['2020W53', '2020-12-28 2021-01-03', 'Weekly'],
  ['2024W53', undefined, 'Weekly'],
  ['2025WedW1', '2025-01-01 2025-01-07', 'WeeklyWednesday'],
  ['2025ThuW1', '2025-01-02 2025-01-08', 'WeeklyThursday'],
  ['2025FriW1', '2025-01-03 2025-01-09', 'WeeklyFriday'],
  ['2025SatW1', '2025-01-04 2025-01-10', 'WeeklySaturday'],
  ['2025SunW1', '2024-12-29 2025-01-04', 'WeeklySunday'],
  ['2025MonW1', undefined, ''],
  ['2025BiW1', '2024-12-30 2025-01-12', 'BiWeekly'],
  ['2025BiW27', undefined, 'BiWeekly'],
  ['202402', '2024-02-01 2024-02-29', 'Monthly'],
  ['202413', undefined, 'Monthly'],
  ['202401B', '2024-01-01 2024-02-29', 'BiMonthly'],
  ['2024Q1', '2024-01-01 2024-03-31', 'Quarterly'],
  ['2024NovQ1', '2023-11-01 2024-01-31', 'QuarterlyNov'],
  ['2024S1', '2024-01-01 2024-06-30', 'SixMonthly'],
  ['2024AprilS1', '2024-04-01 2024-09-30', 'SixMonthlyApril'],
  ['2024NovS1', '2023-11-01 2024-04-30', 'SixMonthlyNov'],
  ['2024', '2024-01-01 2024-12-31', 'Yearly'],
  ['2024April', '2024-04-01 2025-03-31', 'FinancialApril'],
  ['2024July', '2024-07-01 2025-06-30', 'FinancialJuly'],
  ['2024Sep', '2024-09-01 2025-08-31', 'FinancialSep'],
  ['2024Oct', '2024-10-01 2025-09-30', 'FinancialOct'],
  ['2024Nov', '2023-11-01 2024-10-31', 'FinancialNov'],
  ['2024Feb', '2024-02-01 2025-01-31', 'FinancialFeb'],
  ['2024Aug', '2024-08-01 2025-07-31', 'FinancialAug'],
]

describe('the stand-in: periods', () => {
  for (const [id, days, type] of said) {
    it(`${id} is ${days ?? 'none'}`, () => {
      const found = daysOfPeriod(id)
      assert.equal(found && `${found.from} ${found.to}`, days)
      assert.equal(periodOf(id)?.type.name, days && type)
    })
  }

  it('follow one another without a gap, each of them known by its id and by its days', () => {
    const types = new Set(said.flatMap(([id]) => periodOf(id)?.type ?? []))
    // Two weeks that are left of a long year are also the first of the next.
    for (const type of [...types].filter(({ name }) => name !== 'BiWeekly')) {
      const start = type.indexOf(17_532)
      let before = periodAt(type, start)
      for (let count = 0; count < 300; count++) {
        const next = periodAt(type, type.indexOf(before.last + 1))
        assert.equal(next.first, before.last + 1, before.id)
        assert.equal(periodOf(next.id)?.first, next.first)
        before = next
      }
    }
    assert.equal(types.size, 23)
  })

  it('that are relative are those that the package knows the days of', () => {
    for (const name of relativePeriods) {
      for (const today of ['2026-01-15', '2024-02-29', '2021-01-03']) {
        const ids = periodsOf(name, today)
        assert.ok(ids.length > 0)
        for (const id of ids) {
          const { from, to } = isoPeriod(id)!
          assert.deepEqual(daysOfPeriod(id), { from, to }, `${name} on ${today}: ${id}`)
        }
      }
    }
  })

  const relative: [item: string, expected: string[]][] = [
    ['TODAY', ['20260115']],
    ['YESTERDAY', ['20260114']],
    ['LAST_3_DAYS', ['20260112', '20260113', '20260114']],
    ['THIS_WEEK', ['2026W3']],
    ['LAST_4_BIWEEKS', ['2025BiW24', '2025BiW25', '2025BiW26', '2026BiW1']],
    ['QUARTERS_LAST_YEAR', ['2025Q1', '2025Q2', '2025Q3', '2025Q4']],
    ['LAST_2_SIXMONTHS', ['2025S1', '2025S2']],
    ['THIS_FINANCIAL_YEAR', ['2025Oct']],
    ['LAST_SIX_MONTH', ['2025S2']],
    ['LAST_NIGHT', ['LAST_NIGHT']],
    ['2024', ['2024']],
  ]
  for (const [item, expected] of relative) {
    it(`${item} on 15 January 2026`, () => assert.deepEqual(periodsOf(item, '2026-01-15'), expected))
  }

  it('has all weeks of a long year', () => {
    assert.equal(periodsOf('WEEKS_THIS_YEAR', '2026-06-01').length, 53)
    assert.equal(periodType('Weekly').idOf(periodOf('2026W53')!.index + 1), '2027W1')
  })
})
