import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { barsOf, drawChart } from '../../../lib/cli/terminal/chart.ts'
import { bytesText, rowsText, timeText } from '../../../lib/cli/terminal/figures.ts'
import { progressText } from '../../../lib/cli/terminal/progress.ts'
import { drawTable } from '../../../lib/cli/terminal/table.ts'
import { cut, widthOf } from '../../../lib/cli/terminal/width.ts'

describe('figures', () => {
  it('are rows, bytes and times', () => {
    assert.deepEqual([0, 1, 1234].map(rowsText), ['0 rows', '1 row', '1,234 rows'])
    assert.deepEqual([0, 999, 1000, 1_234_567, 5e9, 5e13].map(bytesText), [
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '1.2 MB',
      '5.0 GB',
      '50000.0 GB',
    ])
    assert.deepEqual([0.4, 59.6, 184, 3720].map(timeText), ['0 s', '1 min 0 s', '3 min 4 s', '1 h 2 min'])
  })
})

describe('progress', () => {
  it('says what there is to say', () => {
    assert.equal(progressText({}, 12, 'the server'), 'waiting for the server, 12 s')
    assert.equal(progressText({ rows: 1000, bytes: 2000 }, 2, ''), '1,000 rows, 2.0 kB, 500 rows/s, 2 s')
    assert.equal(
      progressText({ bytes: 500, totalBytes: 1000 }, 2, ''),
      '██████████░░░░░░░░░░ 50 %, 500 bytes, 250 bytes/s, 2 s, 2 s left',
    )
    assert.match(progressText({ bytes: 1001, totalBytes: 1000 }, 2, ''), /^█{20} 100 %, 1\.0 kB, .*2 s$/)
  })
})

describe('a table', () => {
  const columns = ['Data', 'Unit', 'Value'].map((label, at) => ({ label, isNumber: at === 2 }))

  it('has what is no text too', () => {
    const { head, lines, left } = drawTable(
      columns,
      [
        ['a', null, 1],
        [{ b: 1 }, undefined, 22.5],
      ],
      80,
    )
    assert.equal(left, 0)
    assert.deepEqual(
      [head, ...lines],
      ['Data     Unit  Value', 'a                  1', '{"b":1}         22.5'],
    )
  })

  it('is never wider than it may be, whatever is in it', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 })
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 8, max: 90 }),
        ([labels, ...rows], width) => {
          const { head, lines, left } = drawTable(
            labels!.map((label) => ({ label, isNumber: false })),
            rows,
            width,
          )
          for (const line of [head, ...lines]) {
            assert.ok(widthOf(line) <= width, `${widthOf(line)} of ${width}: ${line}`)
            assert.doesNotMatch(line, /[\r\n]/)
          }
          assert.ok(left >= 0 && left < 6)
        },
      ),
      { seed: 7 },
    )
  })

  it('leaves a column as it is that is of no use when cut', () => {
    const [typed, ...others] = columns
    const { head, lines } = drawTable(
      [{ ...typed!, isWhole: true }, ...others],
      [['--dx a', 'Bo Town', 1]],
      14,
    )
    assert.deepEqual([head, ...lines], ['Data    Unit', '--dx a  Bo To…'])
    const alone = drawTable([{ ...typed!, isWhole: true }, ...others], [['--dx a', 'Bo', 1]], 4)
    assert.deepEqual([alone.head, ...alone.lines, alone.left], ['Data', '--dx a', 2])
  })

  it('cuts wide characters whole', () => {
    assert.equal(cut('東京都庁', 5), '東京…')
    assert.equal(cut('abc', 3), 'abc')
  })
})

describe('a chart', () => {
  const barsWith = (...values: (number | undefined)[]) =>
    values.map((value, at) => ({ label: ['Jan', 'Feb', 'Mar'][at]!, value }))

  it('has its largest value fill the width, and a dash where there is none', () => {
    assert.deepEqual(drawChart(barsWith(8, undefined, 4), 14), ['Jan 8 ████████', 'Feb –', 'Mar 4 ████'])
    assert.deepEqual(drawChart(barsWith(0), 40), ['Jan 0'])
    assert.deepEqual(drawChart(barsWith(undefined), 40), ['Jan –'])
    assert.deepEqual(drawChart([], 40), [])
  })

  it('has what is below zero to the left of what is above', () => {
    assert.deepEqual(drawChart(barsWith(8, -4, 0), 19), ['Jan  8     ████████', 'Feb -4 ████', 'Mar  0'])
    assert.deepEqual(drawChart(barsWith(-8, -5), 15), ['Jan -8 ████████', 'Feb -5    █████'])
    assert.deepEqual(drawChart(barsWith(-8, -4.5), 17), ['Jan   -8 ████████', 'Feb -4.5    ▐████'])
  })

  it('is never wider than it may be, where that can be', () => {
    const value = fc.option(fc.integer({ min: -99_999, max: 99_999 }), { nil: undefined })
    const label = fc.string({ unit: 'grapheme', maxLength: 30 })
    fc.assert(
      fc.property(
        fc.array(fc.record({ label, value }), { maxLength: 8 }),
        fc.integer({ min: 24, max: 90 }),
        (bars, width) => {
          for (const line of drawChart(bars, width)) assert.ok(widthOf(line) <= width, line)
        },
      ),
      { seed: 8 },
    )
  })

  it('has the periods of the answer in their order, those without a value too', () => {
    const headers = [{ name: 'pe' }, { name: 'value' }]
    const rows = [
      ['202402', '2'],
      ['202401', '1'],
    ]
    const nameOf = (period: string) => `m ${period}`
    assert.deepEqual(barsOf({ headers, rows, periods: ['202401', '202403'], nameOf }), [
      { label: 'm 202401', value: 1 },
      { label: 'm 202403', value: undefined },
    ])
    assert.throws(
      () => barsOf({ headers, rows: [['202401', 'many']], periods: [], nameOf }),
      /A chart is of numbers, and of 202401 there is "many"/,
    )
    assert.deepEqual(
      barsOf({ headers, rows, periods: [], nameOf }).map(({ value }) => value),
      [1, 2],
    )
  })
})
