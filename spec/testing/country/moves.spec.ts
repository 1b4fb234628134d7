import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Country, countryOf, demoToken, startDhis2 } from '../../../lib/testing/index.ts'
import { cells, question } from '../../support/country.ts'

const made = () => countryOf({ seed: 6, orgUnits: 30, levels: 4, filled: 1 })

/** A place of the third level with places below it, its parent, and another of the same level. */
function district(country: Country) {
  const place = country.orgUnits.find(({ level, at, end }) => level === 3 && end - at > 1)!
  const from = country.orgUnits.find(({ id }) => id === place.ids[1])!
  const to = country.orgUnits.find(({ level, id }) => level === 2 && id !== from.id)!
  return { place, from, to }
}

function total(country: Country, ou: string, more: Readonly<Record<string, string>> = {}): number {
  const asked = question({ dx: [country.dataElements[0]!.id], pe: ['202401'], ou: [ou] }, more)
  return Number([...cells(country, asked).values()][0] ?? 0)
}

/** How many events there are at an org unit and below it. */
function eventCount(country: Country, ou: string, step: string): number {
  const answer = country.eventCounts(
    `stage=${country.program.stage}&dimension=pe:2023;2024;2025&dimension=ou:${ou}&step=${step}`,
  )
  assert.ok('rows' in answer, JSON.stringify(answer))
  return [...answer.rows].reduce((sum, row) => {
    return sum + Number(row[answer.headers.findIndex(({ name }) => name === 'value')])
  }, 0)
}

describe('a country: org units that move', () => {
  it('stand elsewhere at once, and in analytics from the next rebuild on', () => {
    const country = made()
    const { place, from, to } = district(country)
    const [moved, left, come] = [place, from, to].map(({ id }) => total(country, id)) as [
      number,
      number,
      number,
    ]
    const events = [place, from, to].map(({ id }) => eventCount(country, id, 'before'))
    assert.ok(moved > 0 && events[0]! > 0)
    country.move(place.id, to.id)
    assert.deepEqual(place.ids, [...to.ids, place.id])
    for (const below of country.orgUnits.slice(place.at + 1, place.end)) {
      assert.deepEqual(below.ids.slice(0, 3), place.ids)
    }
    assert.equal(country.orgUnits.length, 30)
    assert.deepEqual([total(country, from.id), total(country, to.id)], [left, come])
    assert.deepEqual(
      [place, from, to].map(({ id }) => eventCount(country, id, 'moved')),
      events,
    )
    country.advance(1)
    country.rebuild()
    assert.deepEqual(
      [place, from, to].map(({ id }) => total(country, id)),
      [moved, left - moved, come + moved],
    )
    const [own, before, after] = events as [number, number, number]
    assert.deepEqual(
      [place, from, to].map(({ id }) => eventCount(country, id, 'rebuilt')),
      [own, before - own, after + own],
    )
  })

  it('have no rows where they are of another level than in the tables', () => {
    const country = made()
    const { place, to } = district(country)
    const top = country.orgUnits[0]!.id
    const before = [total(country, place.id), total(country, top)]
    country.move(place.id, top)
    assert.equal(place.level, 2)
    assert.deepEqual([total(country, place.id, { step: '1' }), total(country, top)], [0, before[1]])
    country.advance(1)
    country.rebuild()
    assert.deepEqual([total(country, place.id), total(country, top)], before)
    assert.ok(total(country, to.id) > 0)
  })

  it('turn one year after another while tables are made anew, in rawData and reporting rates too', () => {
    const country = made()
    const { place, from } = district(country)
    const { id } = country.dataElements[0]!
    const rate = `${country.dataSets[0]!.id}.EXPECTED_REPORTS`
    const rows = (step: string) => {
      const answer = country.rawData(
        `dimension=dx:${id}&dimension=pe:2023;2025&dimension=ou:${from.id}&step=${step}`,
      )
      assert.ok('rows' in answer)
      return [...answer.rows].length
    }
    const expected = () =>
      Number([...cells(country, question({ dx: [rate], pe: ['2024'], ou: [from.id] })).values()][0] ?? 0)
    const [all, reports] = [rows('before'), expected()]
    country.move(place.id, country.orgUnits[0]!.id)
    country.advance(1)
    const job = country.beginRebuild()
    const seen = new Set<number>()
    while (job.stepsLeft) {
      job.step()
      seen.add(rows(String(job.stepsLeft)))
    }
    assert.equal(seen.size, 4)
    assert.equal([...seen][0], all)
    assert.ok(expected() < reports)
  })

  it('say so in the list of org units, with when they were moved', async () => {
    const country = made()
    await using server = await startDhis2({ country })
    const { place, to } = district(country)
    const listed = async (id: string) => {
      const answer = await fetch(
        `${server.url}/api/organisationUnits.json?paging=false&fields=id,path,parent[id],lastUpdated&filter=id:eq:${id}`,
        { headers: { authorization: `ApiToken ${demoToken}` } },
      )
      const { organisationUnits } = (await answer.json()) as { organisationUnits: unknown[] }
      return organisationUnits[0]
    }
    const { lastUpdated } = (await listed(place.id)) as { lastUpdated: string }
    assert.ok(lastUpdated < country.now)
    country.move(place.id, to.id)
    assert.deepEqual(await listed(place.id), {
      id: place.id,
      path: `/${country.orgUnits[0]!.id}/${to.id}/${place.id}`,
      parent: { id: to.id },
      lastUpdated: country.now,
    })
    const [below] = country.orgUnits.slice(place.at + 1)
    const { path, lastUpdated: same } = (await listed(below!.id)) as { path: string; lastUpdated: string }
    assert.ok(path.startsWith(`/${country.orgUnits[0]!.id}/${to.id}/${place.id}/`))
    assert.equal(same, lastUpdated)
  })

  it('enter what they entered, and are refused where there is no such place', () => {
    const country = made()
    const { place, from, to } = district(country)
    const { id } = country.dataElements[0]!
    const before = country.enteredBy(id).map((each) => each.id)
    for (const [moved, parent] of [
      ['nothing', to.id],
      [place.id, 'nothing'],
      [place.id, place.id],
      [from.id, place.id],
    ] as const) {
      assert.throws(() => country.move(moved, parent), RangeError)
    }
    country.move(place.id, to.id)
    const now = country.enteredBy(id)
    assert.deepEqual(now.map((each) => each.id).toSorted(), before.toSorted())
    assert.deepEqual(
      now.map(({ at }) => at),
      now.map(({ at }) => at).toSorted((a, b) => a - b),
    )
  })
})
