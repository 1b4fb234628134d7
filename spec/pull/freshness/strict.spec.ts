import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { IncompletePullError, NeverRanError } from '../../../lib/index.ts'
import type { FreshnessPolicy } from '../../../lib/pull/freshness/freshness-options.ts'
import { toyCountry, watchful } from '../refresh/toy-country.ts'

const seeds = { seed: 4, numRuns: 25 }

/** A small dataset, begun; `edit` makes old and new tables differ in all of it. */
async function begun(t: TestContext) {
  const toy = await toyCountry(t, { orgUnits: 6, levels: 2 })
  const { country } = toy
  toy.ask({
    dx: country.dataElements.slice(0, 3).map(({ id }) => id),
    pe: ['202501', '202502', '202503', '202504'],
    ou: country.orgUnits.map(({ id }) => id),
  })
  let value = 1000
  const edit = () => {
    value += 1
    for (const { id, periodType } of country.dataElements.slice(0, 3)) {
      if (periodType.name !== 'Monthly') continue
      for (const period of toy.question.pe) {
        for (const place of country.enteredBy(id)) {
          country.edit({ dataElement: id, period, orgUnit: place.id, value })
        }
      }
    }
    country.advance(60_000)
  }
  return { toy, country, edit }
}

/** A rebuild that begins with the `at`th request for data, and takes so many steps with each request to the server. */
function rebuilding(
  { country, edit }: Awaited<ReturnType<typeof begun>>,
  {
    at,
    stepsPerRequest,
    way,
    times,
  }: { at: number; stepsPerRequest: number; way: 'turns' | 'vanishes'; times: number },
) {
  let left = times
  let count = 0
  return () => {
    count += 1
    if (left === 0 || count < at || country.model.tables.job) return
    left -= 1
    edit()
    country.beginRebuild({ way, stepsPerRequest })
  }
}

const rebuild = fc.record({
  at: fc.integer({ min: 1, max: 12 }),
  stepsPerRequest: fc.integer({ min: 1, max: 6 }),
  way: fc.constantFrom('turns' as const, 'vanishes' as const),
  times: fc.integer({ min: 1, max: 3 }),
})

describe('a run while analytics tables are made anew', () => {
  it('is one snapshot under strict, or says that it is none', async (t) => {
    let [whole, refused] = [0, 0]
    await fc.assert(
      fc.asyncProperty(rebuild, fc.boolean(), async (how, tells) => {
        const parts = await begun(t)
        const { toy, country } = parts
        const onPiece = rebuilding(parts, how)
        if (!tells) {
          const when = ({ path }: { path: string }) => path.endsWith('/running/types')
          toy.server.misbehave({ when, times: Number.POSITIVE_INFINITY, status: 403 })
        }
        try {
          const { freshness } = await toy.run(
            { freshness: { ...watchful, policy: 'strict' }, concurrency: { max: 1 } },
            ({ type }) => type === 'piece' && onPiece(),
          )
          assert.equal(freshness?.isOneSnapshot, true)
          // What nobody tells of, and has not ended, can't be known of.
          if (!tells) assert.equal(freshness?.isProven, false)
          if (!tells && country.model.tables.job) return
          assert.deepEqual(await toy.lines(), toy.truth())
          whole += 1
        } catch (error) {
          assert.ok(error instanceof IncompletePullError, String(error))
          assert.match(error.message, /no one making/)
          refused += 1
        }
      }),
      seeds,
    )
    assert.ok(whole > 10, `${whole} whole, ${refused} refused`)
  })

  it('marks what it can not vouch for under mixed, and a refresh pulls that again', async (t) => {
    let marked = 0
    await fc.assert(
      fc.asyncProperty(rebuild, async (how) => {
        const parts = await begun(t)
        const { toy, country } = parts
        const onPiece = rebuilding(parts, how)
        const { freshness } = await toy.run(
          { concurrency: { max: 1 } },
          ({ type }) => type === 'piece' && onPiece(),
        )
        const truth = new Set(toy.truth())
        const doubtful = [...freshness!.old, ...freshness!.suspect]
        if (!(await toy.lines()).every((line) => truth.has(line))) assert.ok(doubtful.length > 0)
        marked += doubtful.length
        country.model.tables.job?.finish()
        country.advance(3_600_000)
        await toy.refresh({ periods: 0, probeEveryDays: Number.POSITIVE_INFINITY })
        assert.deepEqual(await toy.lines(), toy.truth())
      }),
      seeds,
    )
    assert.ok(marked > 10)
  })

  it('gives up after so many attempts under strict', async (t) => {
    const parts = await begun(t)
    const onPiece = rebuilding(parts, {
      at: 1,
      stepsPerRequest: 10,
      way: 'turns',
      times: Number.POSITIVE_INFINITY,
    })
    await assert.rejects(
      parts.toy.run({ freshness: { ...watchful, policy: 'strict', attempts: 2 } }, ({ type }) => {
        if (type === 'piece') onPiece()
      }),
      (error) => {
        assert.ok(error instanceof IncompletePullError)
        assert.match(error.message, /replaced while they were pulled/)
        return true
      },
    )
  })

  for (const freshness of ['strict', 'mixed'] satisfies FreshnessPolicy[]) {
    it(`does not begin under ${freshness} where analytics never ran`, async (t) => {
      const toy = await toyCountry(t, { hasAnalytics: false })
      await assert.rejects(toy.run({ freshness }), NeverRanError)
      assert.equal(toy.server.requests.filter(({ path }) => path.endsWith('/analytics.json')).length, 0)
    })
  }
})
