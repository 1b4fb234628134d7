import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { judgeOf, type PieceTimes } from '../../../lib/pull/freshness/judge.ts'
import type { Sighting } from '../../../lib/pull/freshness/pin.ts'

const start = Date.parse('2026-11-25T00:00:00Z')
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString()
/** As a `Date` header has it. */
const header = (seconds: number) => iso(Math.floor(seconds))
const pin = (seconds: number) => ({ tables: iso(seconds), version: '2.43.2' })
const sighting = (at: number, of: number, isRunning?: boolean): Sighting => ({
  askedAt: header(at),
  at: header(at),
  pin: pin(of),
  isRunning,
})
const piece = (from: number, to: number): PieceTimes => ({
  answeredAt: header(to),
  endedAt: header(to),
  tookMs: (to - from) * 1000,
})

describe('the judge of freshness', () => {
  it('calls what has ended before the newest job old, what began behind it new, and the rest suspect', () => {
    const judge = judgeOf([sighting(0, -600), sighting(300, -600), sighting(400, 200), sighting(900, 200)])
    const verdicts = [piece(10, 100), piece(100, 198), piece(150, 250), piece(350, 380), piece(390, 500)]
    assert.deepEqual(
      [...verdicts, piece(403, 450), piece(410, 500), piece(800, 899), piece(850, 950)].map(judge.verdict),
      ['old', 'suspect', 'suspect', 'suspect', 'suspect', 'suspect', 'new', 'new', 'suspect'],
    )
    assert.deepEqual([judge.replacedCount, judge.isProven, judge.pin.tables], [1, false, iso(200)])
  })

  it('goes back to where nothing ran when a second job may have hidden behind the first', () => {
    const hidden = [sighting(0, -600), sighting(100, -600), sighting(400, 200), sighting(900, 200)]
    assert.equal(judgeOf(hidden).verdict(piece(10, 20)), 'suspect')
    const told = hidden.map((each) => ({ ...each, isRunning: false }))
    assert.equal(judgeOf(told).verdict(piece(10, 20)), 'old')
    assert.equal(judgeOf(told).verdict(piece(110, 120)), 'suspect')
    assert.equal(judgeOf(told).isProven, true)
  })

  it('does not trust an unmoved pin while a job runs, nor behind a job that has moved none', () => {
    const running = [sighting(0, -600, false), sighting(100, -600, true)]
    assert.deepEqual([piece(-50, -10), piece(10, 20)].map(judgeOf(running).verdict), ['new', 'suspect'])
    const failed = judgeOf([...running, sighting(200, -600, false), sighting(300, -600, false)])
    assert.deepEqual([piece(-50, -10), piece(10, 20), piece(250, 260)].map(failed.verdict), [
      'old',
      'suspect',
      'new',
    ])
  })

  it('does not trust a server that said nothing ran while something did', () => {
    const lying = [sighting(0, -600, false), sighting(300, -600, false), sighting(400, 200, false)]
    const judge = judgeOf(lying)
    assert.equal(judge.isProven, false)
    assert.deepEqual([piece(10, 100), piece(150, 260)].map(judge.verdict), ['old', 'suspect'])
  })

  it('watches the continuous job too', () => {
    const moved = { ...sighting(400, -600, false), pin: { ...pin(-600), partition: iso(350) } }
    const judge = judgeOf([sighting(300, -600, false), moved, { ...moved, at: iso(500), askedAt: iso(500) }])
    assert.deepEqual([piece(280, 290), piece(340, 360), piece(420, 450)].map(judge.verdict), [
      'old',
      'suspect',
      'new',
    ])
    const gone = judgeOf([moved, sighting(600, -600, false), sighting(700, -600, false)])
    assert.equal(gone.replacedCount, 1)
  })

  const timeline = fc.record({
    tells: fc.boolean(),
    jobs: fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 600 }),
        length: fc.integer({ min: 120, max: 900 }),
        swaps: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
        kind: fc.constantFrom('tables', 'tables', 'partition', 'fails'),
        cache: fc.double({ min: 0, max: 2, noNaN: true }),
      }),
      { maxLength: 5 },
    ),
    looks: fc.array(
      fc.record({
        gap: fc.integer({ min: 3, max: 100 }),
        took: fc.double({ min: 0, max: 2, noNaN: true }),
        skew: fc.double({ min: -1, max: 1, noNaN: true }),
      }),
      { minLength: 2, maxLength: 60 },
    ),
    pieces: fc.array(
      fc.record({
        from: fc.double({ min: 0, max: 5000, noNaN: true }),
        took: fc.double({ min: 0, max: 150, noNaN: true }),
        skew: fc.double({ min: -1, max: 1, noNaN: true }),
      }),
      { minLength: 20, maxLength: 20 },
    ),
  })

  it('never takes what is of two tables, or of old ones, for new: whatever runs, is seen and is answered', () => {
    let certain = 0
    fc.assert(
      fc.property(timeline, ({ tells, jobs, looks, pieces }) => {
        let at = 60
        const ran = jobs
          // What fails unseen and moves nothing can't be known of.
          .filter(({ kind }) => tells || kind !== 'fails')
          .map(({ gap, length, swaps, kind, cache }) => {
            const from = at + gap
            const to = from + length
            at = to + 3
            return { from, to, kind, swaps: swaps.map((part) => from + length * part), clear: to + cache }
          })
        const lastOf = (kind: string, now: number, otherwise: number) =>
          ran.filter((job) => job.kind === kind && job.to <= now).at(-1)?.from ?? otherwise
        let now = 0
        let askedLast = 0
        const seen = looks.map(({ gap, took, skew }): Sighting => {
          const asked = now + gap
          askedLast = asked
          now = asked + took
          const partition = lastOf('partition', now, Number.NaN)
          return {
            askedAt: header(asked + skew),
            at: header(now + skew),
            pin: {
              ...pin(lastOf('tables', now, -600)),
              ...(Number.isNaN(partition) ? {} : { partition: iso(partition) }),
            },
            // Where nothing tells, jobs take about as long as each other.
            runtimeMs: tells ? undefined : 450_000,
            isRunning: tells ? ran.some(({ from, to }) => from <= asked && asked < to) : undefined,
          }
        })
        const judge = judgeOf(seen)
        const known = ran.filter(({ to, kind }) => to <= (kind === 'fails' ? askedLast : now)).length
        const versions = new Set<number>()
        // What a job that is not seen running does can't be known before its pin moves.
        const untold = tells ? undefined : ran.find(({ from, to }) => from <= now && to > now)
        for (const { from, took, skew } of pieces) {
          const to = from + took
          if (to > now || (untold && to >= untold.from)) continue
          const verdict = judge.verdict({
            answeredAt: header(to + skew),
            endedAt: header(to + skew),
            tookMs: took * 1000,
          })
          if (verdict === 'suspect') continue
          certain += 1
          const older = ran.filter(({ swaps }) => swaps.every((swap) => swap < from))
          const crossed = ran.filter(
            ({ swaps, clear }) => swaps.some((swap) => swap <= to) && from <= Math.max(clear, ...swaps),
          )
          assert.deepEqual(crossed, [])
          if (verdict === 'new') versions.add(older.length)
          else assert.ok(older.length < known)
        }
        assert.ok(versions.size <= 1, 'what is new is of one making')
        if (judge.isProven || !tells) for (const version of versions) assert.equal(version, known)
      }),
      { numRuns: 4000, seed: 20261125 },
    )
    assert.ok(certain > 5000, `${certain} were certain`)
  })

  it('suspects nothing that is far from any job', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 3000 }), fc.integer({ min: 5, max: 100 }), (job, gap) => {
        const seen = Array.from({ length: 60 }, (_, at) => {
          const now = at * gap
          return sighting(now, now >= job + 120 ? job : -600, now >= job && now < job + 120)
        })
        const judge = judgeOf(seen)
        const end = 59 * gap
        for (let from = 0; from < end - 10; from += 7) {
          if (from > job - gap - 16 && from < job + 120 + gap + 7) continue
          const expected = end >= job + 120 && from < job ? 'old' : 'new'
          assert.equal(judge.verdict(piece(from, from + 9)), expected, `${from} ${job} ${gap}`)
        }
      }),
      { numRuns: 1000, seed: 3 },
    )
  })
})
