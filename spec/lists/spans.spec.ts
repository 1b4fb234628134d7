import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dayCount, divided, isDay, type Span, united } from '../../lib/periods/spans.ts'

const dayAt = (at: number) => new Date(Date.UTC(2019, 0, 1 + at)).toISOString().slice(0, 10)
const spans = fc
  .tuple(fc.nat(4000), fc.nat(800))
  .map(([from, length]): Span => ({ from: dayAt(from), to: dayAt(from + length) }))

/** The oracle: every day by its name. */
function daysIn({ from, to }: Span): string[] {
  const days: string[] = []
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) {
    days.push(new Date(ms).toISOString().slice(0, 10))
  }
  return days
}

describe('spans of days', () => {
  it('are divided into disjoint ones that cover them, of about the same length', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 70 }), (span, parts) => {
        const pieces = divided(span, parts)
        assert.deepEqual(pieces.flatMap(daysIn), daysIn(span))
        assert.equal(pieces.length, Math.min(parts, dayCount(span)))
        const lengths = pieces.map(dayCount)
        assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1)
      }),
    )
  })

  it('are united into the same days, none of which touch', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 8 }), (given) => {
        const whole = united(given)
        const days = [...new Set(given.flatMap(daysIn))].sort()
        assert.deepEqual(whole.flatMap(daysIn), days)
        for (const [i, { from }] of whole.entries()) {
          const before = whole[i - 1]
          if (before) assert.ok(dayCount({ from: before.to, to: from }) > 2)
        }
      }),
    )
  })

  it('begin and end with days that there are', () => {
    for (const day of ['2024-02-29', '1999-12-31']) assert.ok(isDay(day), day)
    for (const day of [
      '2023-02-29',
      '2024-1-01',
      '20240101',
      '2024-13-01',
      '',
      '2024-01-01T00:00',
      '2024-04-31',
    ]) {
      assert.ok(!isDay(day), day)
    }
  })
})
