import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { csvFiles, Dhis2Client, type PullReport, personalAccessToken } from '../../../lib/index.ts'
import type { PullRefreshOptions } from '../../../lib/pull/refresh/refresh-options.ts'
import { countryOf, demoToken, startDhis2 } from '../../../lib/testing/index.ts'
import { emptyDirectory } from '../../support/run-script.ts'

const hourMs = 3_600_000
const concerned = { metadata: 'concerned', probeEveryDays: Number.POSITIVE_INFINITY } as const

/** The row of an event, by what the tables have of it: `ou` and the weight in kg. */
const told = (line: string) => line.split(',').slice(-2).join()

describe('a refresh of a list of events', () => {
  it('pulls the last months, all of it where an org unit has moved or a full pull is due', async (t) => {
    const country = countryOf({
      orgUnits: 16,
      levels: 4,
      events: 200,
      from: '2025-01-01',
      to: '2025-12-31',
      now: '2025-10-15T08:30:00.000',
    })
    const { program } = country
    await using server = await startDhis2({ country })
    await using client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
    const query = {
      endpoint: `/api/analytics/events/query/${program.id}.json`,
      pe: '2025',
      ou: country.orgUnits.filter(({ level }) => level === 2).map(({ id }) => id),
      dimension: [`${program.stage}.${program.weight}`],
    }
    const pull = await client.analytics.plan(query, { pieceCells: 20 })
    const folder = join(await emptyDirectory(t), 'data')
    const lines = async () => {
      const names = (await readdir(folder)).filter((name) => name.startsWith('piece-'))
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
      return texts.flatMap((text) => text.trimEnd().split('\n').slice(1).map(told)).sort()
    }
    const truth = async () => {
      const rows: string[] = []
      for await (const row of client.analytics.rows(query)) rows.push((row as string[]).slice(-2).join())
      return rows.sort()
    }
    const refresh = async (options: Partial<PullRefreshOptions> = concerned) => {
      let report: PullReport | undefined
      for await (const event of pull.refresh({ into: csvFiles(folder), ...options })) {
        if (event.type === 'waiting') country.advance(event.ms + 2000)
        if (event.type === 'finished') report = event.report
      }
      return report!
    }
    const night = () => {
      country.advance(20 * hourMs)
      country.rebuild()
      country.advance(hourMs)
    }
    const weigh = (month: number, weight: number) => {
      const event = program.events.find(
        ({ day }) => new Date((day ?? 0) * 24 * hourMs).getUTCMonth() === month,
      )
      Object.assign(event!, { weight })
    }

    await refresh()
    assert.deepEqual(await lines(), await truth())
    weigh(8, 777)
    night()
    const { refresh: first, pieceCount } = await refresh()
    assert.deepEqual(Object.keys(first!.why), ['one of the last 3 months'])
    assert.ok(first!.pieceCount > 0 && first!.pieceCount < pieceCount)
    assert.deepEqual(await lines(), await truth())

    weigh(2, 888)
    night()
    await refresh()
    assert.notDeepEqual(await lines(), await truth())
    const full = await refresh({ fullEveryDays: 0 })
    assert.equal(full.refresh!.isFull, true)
    assert.deepEqual(await lines(), await truth())

    const place = country.orgUnits.find(
      ({ level, id }) => level === 4 && program.events.some((event) => event.place.id === id),
    )!
    const to = country.orgUnits.find(({ level, id }) => level === 3 && !place.ids.includes(id))!
    country.move(place.id, to.id)
    for (let again = 0; again < 2; again++) {
      night()
      const { refresh: moved } = await refresh()
      const [why] = Object.keys(moved!.why).filter((each) => each.startsWith('metadata: org unit'))
      assert.ok(why && moved!.pieceCount === pieceCount, JSON.stringify(moved))
      assert.deepEqual(await lines(), await truth())
    }
    night()
    assert.ok((await refresh()).refresh!.pieceCount < pieceCount)
  })
})
