import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { csvFiles, DatasetError, Dhis2Client, type PullEvent, personalAccessToken } from '../../lib/index.ts'
import { countryOf, demoToken, startDhis2 } from '../../lib/testing/index.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { linesIn } from './toy.ts'

const hourMs = 3_600_000

/** Facilities of a country, asked for as a level below others, and one of them that can be moved. */
async function world(t: TestContext) {
  const country = countryOf({ orgUnits: 60, levels: 4, filled: 0.9 })
  const server = await startDhis2({ country })
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  const query = { dx: country.dataElements[0]!.id, pe: ['2024', '2025'], ou: 'LEVEL-4' }
  const into = join(await emptyDirectory(t), 'data')
  const done = async (events: AsyncIterable<PullEvent>, onPiece = (_count: number): boolean => false) => {
    let pieces = 0
    for await (const event of events) {
      if (event.type === 'waiting') country.advance(event.ms + 2000)
      if (event.type === 'piece' && onPiece(++pieces)) return
    }
  }
  const keys = (lines: readonly string[]) => lines.map((line) => line.split(',').slice(0, 3).join())
  return {
    country,
    done,
    store: csvFiles(into),
    plan: () => client.analytics.plan(query, { pieceCells: 8 }),
    rows: async () => keys(await linesIn(into)).sort(),
    truth: async () => keys((await client.analytics.aggregate(query)).rows.map((row) => row.join())).sort(),
    /** Moves the first facility that a piece has, or has not. */
    async move(isThere: boolean) {
      const there = new Set((await linesIn(into)).map((line) => line.split(',')[2]))
      const place = country.orgUnits.find(({ level, id }) => level === 4 && there.has(id) === isThere)!
      const to = country.orgUnits.findLast(({ level, ids }) => level === 3 && ids[1] !== place.ids[1])!
      country.move(place.id, to.id)
      return place
    },
    night() {
      country.advance(hourMs)
      country.rebuild()
      country.advance(hourMs)
    },
  }
}

const freshness = { policy: 'mixed', whileRunningMs: 1 } as const
const only = { periods: 0, metadata: 'concerned', freshness } as const

describe('an org unit that moves', () => {
  it('between two runs of a dataset has the second refuse, and a refresh go on', async (t) => {
    const { country, store: into, plan, done, move, night, rows, truth } = await world(t)
    await done((await plan()).run({ into, freshness }), (count) => count === 2)
    const before = country.orgUnits.map(({ ids }) => `/${ids.join('/')}`)
    const place = await move(true)
    night()
    const was = before.find((path) => path.endsWith(place.id))!
    await assert.rejects(done((await plan()).run({ into, freshness })), (error: unknown) => {
      assert.ok(error instanceof DatasetError)
      assert.match(error.message, /^Org units have moved since this dataset was begun/)
      assert.equal(error.hasMovedOn, true)
      assert.deepEqual(error.differences, [`- ou ${was}`, `+ ou /${place.ids.join('/')}`])
      return true
    })
    await done((await plan()).refresh({ into, ...only }))
    assert.deepEqual(await rows(), await truth())
  })

  it('in the middle of a run comes no second time, and where it did not come it does with a refresh', async (t) => {
    for (const isThere of [true, false]) {
      const { store: into, plan, done, move, night, rows, truth } = await world(t)
      let moving: Promise<unknown> | undefined
      await done((await plan()).run({ into, freshness, concurrency: { max: 1 } }), (count) => {
        if (count === 2) moving = move(isThere)
        return false
      })
      await moving
      const found = await rows()
      assert.deepEqual([...new Set(found)], found)
      night()
      await done((await plan()).refresh({ into, ...only }))
      assert.deepEqual(await rows(), await truth())
    }
  })
})
