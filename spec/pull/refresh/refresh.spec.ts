import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { QueryError } from '../../../lib/index.ts'
import { csvFiles } from '../../../lib/pull/files/csv-files.ts'
import { ownStore } from '../../../lib/pull/files/own-store.ts'
import { withChangedKey } from '../../../lib/pull/freshness/changed-key.ts'
import { asOfPieces } from '../../../lib/pull/refresh/as-of.ts'
import { refreshPull } from '../../../lib/pull/refresh/refresh.ts'
import { sqliteTable } from '../../../lib/sqlite.ts'
import { emptyDirectory } from '../../support/run-script.ts'
import { drivers } from '../../support/sqlite-drivers.ts'
import { startToy, toyPlan } from '../toy.ts'
import { months, type ToyCountry, toyCountry } from './toy-country.ts'

const never = Number.POSITIVE_INFINITY
const only = { periods: 0, probeEveryDays: never, fullEveryDays: never } as const
const hourMs = 3_600_000

/** A dataset that was pulled, and a night in which tables are made anew behind some edits. */
async function pulled(t: TestContext) {
  const toy = await toyCountry(t)
  await toy.run()
  const { country } = toy
  const night = () => {
    country.advance(20 * hourMs)
    country.rebuild()
    country.advance(hourMs)
  }
  return { toy, country, night }
}

function somewhere({ country }: ToyCountry, at: number) {
  const monthly = country.dataElements.slice(0, 4).filter(({ periodType }) => periodType.name === 'Monthly')
  const element = monthly[at % monthly.length]!
  const places = country.enteredBy(element.id)
  return {
    dataElement: element.id,
    period: months(2025)[at % 12]!,
    orgUnit: places[at % places.length]!.id,
    categoryOptionCombo: element.optionCombos[at % element.optionCombos.length]!.id,
  }
}

describe('a refresh', () => {
  it('pulls all of what is not there', async (t) => {
    const toy = await toyCountry(t)
    const report = await toy.refresh()
    assert.deepEqual(await toy.lines(), toy.truth())
    assert.equal(report.refresh?.isFull, true)
  })

  it('pulls what values were entered, changed and deleted in, and nothing else', async (t) => {
    const { toy, country, night } = await pulled(t)
    const change = fc.record({
      at: fc.nat(9999),
      isDeleted: fc.boolean(),
      value: fc.integer({ min: 1, max: 99_999 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
        country.advance(hourMs)
        for (const { at, isDeleted, value } of changes) {
          if (isDeleted) country.remove(somewhere(toy, at))
          else country.edit({ ...somewhere(toy, at), value })
        }
        night()
        const { refresh, pieceCount } = await toy.refresh(only)
        assert.deepEqual(await toy.lines(), toy.truth())
        assert.equal(refresh!.isFull, false)
        assert.ok(refresh!.pieceCount < pieceCount)
        assert.deepEqual(Object.keys(refresh!.why), refresh!.pieceCount ? ['values have changed'] : [])
      }),
      { seed: 8, numRuns: 12 },
    )
  })

  it('keeps what is asked for still, drops what is not, and pulls the rest, when the question moves on', async (t) => {
    const { toy, night } = await pulled(t)
    night()
    const asked = toy.question
    toy.ask({ ...asked, pe: [...asked.pe.slice(2), '202408'], dx: asked.dx.slice(1) })
    const { refresh } = await toy.refresh(only)
    assert.deepEqual(await toy.lines(), toy.truth())
    assert.equal(refresh!.isFull, false)
    assert.ok(refresh!.droppedCount > 0 && refresh!.addedCount > 0)
    assert.ok(refresh!.addedCount < asked.dx.length * asked.pe.length - 30, `${refresh!.addedCount} added`)
    // And back, from where only some is there.
    toy.ask(asked)
    await toy.refresh(only)
    assert.deepEqual(await toy.lines(), toy.truth())
    const before = toy.server.requests.length
    await toy.run()
    assert.equal(toy.server.requests.length, before)
  })

  it('goes on where it was interrupted, at any piece', async (t) => {
    const { toy, country, night } = await pulled(t)
    for (let round = 1; round < 12; round += 2) {
      for (let at = 0; at < 5; at++) country.edit({ ...somewhere(toy, at * round), value: round * 1000 + at })
      night()
      const asked = toy.question
      toy.ask({ ...asked, pe: round % 4 === 1 ? months(2025).slice(0, 9) : months(2025) })
      let pieces = 0
      const crash = new Error('crash')
      await assert.rejects(
        toy.refresh(only, ({ type }) => {
          pieces += type === 'piece' ? 1 : 0
          if (pieces === round) throw crash
        }),
        crash,
      )
      const how = round % 3 === 0 ? toy.run : toy.refresh
      await how(only)
      await toy.refresh(only)
      assert.deepEqual(await toy.lines(), toy.truth(), `round ${round}`)
    }
  })

  it('pulls what metadata concerns, or all, and again from tables that are made later', async (t) => {
    const { toy, country, night } = await pulled(t)
    const { id, name } = country.indicators[0]!
    country.setNumerator(id, `#{${country.dataElements[1]!.id}}*3`)
    night()
    const first = await toy.refresh({ ...only, metadata: 'concerned' })
    assert.deepEqual(await toy.lines(), toy.truth())
    assert.equal(first.refresh!.differences.length, 1)
    assert.ok(first.refresh!.differences[0]!.startsWith(`indicator ${name} (${id}): numerator was #{`))
    assert.ok(first.refresh!.pieceCount > 0 && first.refresh!.pieceCount <= 12)
    // What was seen after its tables were begun is settled by the next.
    night()
    const second = await toy.refresh({ ...only, metadata: 'concerned' })
    assert.deepEqual(second.refresh!.differences, [])
    assert.ok(second.refresh!.pieceCount > 0)
    night()
    const third = await toy.refresh({ ...only, metadata: 'concerned' })
    assert.equal(third.refresh!.pieceCount, 0)
    country.setNumerator(id, `#{${country.dataElements[1]!.id}}*4`)
    const all = await toy.refresh(only)
    assert.equal(all.refresh!.isFull, true)
    assert.deepEqual(await toy.lines(), toy.truth())
  })

  it('pulls what is at and above an org unit that has moved, and again from tables that are made later', async (t) => {
    const { toy, country, night } = await pulled(t)
    night()
    const leaf = country.orgUnits.find(({ level }) => level === 3)!
    const to = country.orgUnits.find(({ level, id }) => level === 2 && id !== leaf.ids[1])!
    const refresh = async () => (await toy.refresh({ ...only, metadata: 'concerned' })).refresh!
    country.move(leaf.id, to.id)
    const { differences, pieceCount } = await refresh()
    assert.equal(differences.length, 1)
    assert.match(differences[0]!, /^org unit .+ moved from .+ to .+/)
    assert.ok(pieceCount > 0)
    assert.deepEqual(await toy.lines(), toy.truth())
    night()
    const { why, ...later } = await refresh()
    assert.deepEqual([later.differences, Object.keys(why)], [[], [`metadata: ${differences[0]}`]])
    assert.deepEqual(await toy.lines(), toy.truth())
    night()
    assert.equal((await refresh()).pieceCount, 0)
  })

  for (const how of ['run', 'refresh'] as const) {
    it(`pulls all again where org units had moved before the first ${how}, and its tables were older`, async (t) => {
      const toy = await toyCountry(t)
      const { country } = toy
      const night = () => {
        country.advance(20 * hourMs)
        country.rebuild()
        country.advance(hourMs)
      }
      country.move(country.orgUnits.at(-1)!.id, country.orgUnits[0]!.id)
      country.advance(1000)
      await toy[how](only)
      assert.deepEqual(await toy.lines(), toy.truth())
      night()
      const { refresh } = await toy.refresh({ ...only, metadata: 'concerned' })
      assert.equal(Object.keys(refresh!.why).length, 1)
      assert.match(Object.keys(refresh!.why)[0]!, /^metadata: org units were edited until 2025-10-15T/)
      assert.deepEqual(await toy.lines(), toy.truth())
      night()
      assert.equal((await toy.refresh(only)).refresh!.pieceCount, 0)
    })
  }

  it('finds by coarse questions what nothing tells of', async (t) => {
    const { toy, country, night } = await pulled(t)
    night()
    await toy.refresh({ ...only, probeEveryDays: 7 })
    const element = country.dataElements[0]!
    const place = country.model.places.byId.get(country.enteredBy(element.id)[0]!.id)!
    const [period] = Object.keys({}).length
      ? []
      : [country.dataElements[0]!.periodType.indexOf(Date.UTC(2025, 2, 3) / 86_400_000)]
    // As an administrator's hand does: without a trace.
    country.model.overlay.add({
      at: Date.parse(`${country.now}Z`) - 90 * 24 * hourMs,
      element,
      combo: element.optionCombos[0]!,
      period: period!,
      place,
      value: 777_777,
    })
    night()
    const young = await toy.refresh({ ...only, probeEveryDays: 7 })
    assert.equal(young.refresh!.pieceCount, 0)
    assert.notDeepEqual(await toy.lines(), toy.truth())
    country.advance(7 * 24 * hourMs)
    const due = await toy.refresh({ ...only, probeEveryDays: 7 })
    assert.deepEqual(Object.keys(due.refresh!.why), ['coarse answers differ'])
    assert.equal(due.refresh!.isFull, false)
    assert.deepEqual(await toy.lines(), toy.truth())
  })

  it('pulls all of it when that is due, and the last periods always', async (t) => {
    const { toy, country } = await pulled(t)
    country.advance(29 * 24 * hourMs)
    const { refresh } = await toy.refresh({ probeEveryDays: never, periods: 2 })
    assert.deepEqual(Object.keys(refresh!.why), ['one of the last 2 periods'])
    country.advance(2 * 24 * hourMs)
    assert.deepEqual(Object.keys((await toy.refresh()).refresh!.why), ['a full pull is due'])
  })

  it('pulls all of what was pulled while nobody looked', async (t) => {
    const toy = await toyCountry(t)
    await toy.run({ freshness: 'off' })
    const { refresh, freshness } = await toy.refresh({ freshness: 'off', changedValues: false })
    assert.deepEqual(Object.keys(refresh!.why), ['it is not known what it was pulled with'])
    assert.equal(freshness, undefined)
  })

  it('keeps a table true as it keeps a folder', async (t) => {
    const toy = await toyCountry(t)
    const { country } = toy
    const database = drivers[0]!.open(':memory:')
    const into = sqliteTable({ database, table: 'facts' })
    const numbered = (line: string) => line.replace(/[^,]+$/, (value) => String(Number(value)))
    const rows = () =>
      database
        .prepare('SELECT dx, pe, ou, value FROM facts')
        .all([] as never)
        .map((row: unknown) => Object.values(row as object).join())
        .map(numbered)
        .sort()
    await toy.run({ into })
    for (let round = 1; round < 7; round++) {
      for (let at = 0; at < 4; at++) country.edit({ ...somewhere(toy, at * round), value: round * 100 + at })
      country.remove(somewhere(toy, round))
      country.advance(20 * hourMs)
      country.rebuild()
      country.advance(hourMs)
      const asked = toy.question
      toy.ask({ ...asked, pe: round % 3 === 1 ? months(2025).slice(0, 8) : months(2025) })
      let pieces = 0
      const crash = new Error('crash')
      await toy
        .refresh({ ...only, into }, ({ type }) => {
          pieces += type === 'piece' ? 1 : 0
          if (pieces === round) throw crash
        })
        .catch((error) => assert.equal(error, crash))
      await toy.refresh({ ...only, into })
      assert.deepEqual(rows(), toy.truth().map(numbered).sort(), `round ${round}`)
      const before = toy.server.requests.length
      const { rowCount } = await toy.run({ into })
      assert.equal(toy.server.requests.length, before)
      assert.equal(rowCount, rows().length)
    }
    database.close()
  })

  it('gives a store of the user the rows of a piece again, and none of one that is gone', async (t) => {
    const toy = await toyCountry(t)
    const there = new Map<string, string[]>()
    const journal = join(await emptyDirectory(t), 'journal')
    const into = ownStore(
      {
        async write({ id }, rows) {
          const lines: string[] = []
          for await (const row of rows) lines.push((row as unknown[]).join())
          there.set(id, lines)
        },
      },
      journal,
    )
    await toy.run({ into })
    toy.ask({ ...toy.question, pe: toy.question.pe.slice(3) })
    toy.country.advance(hourMs)
    await toy.refresh({ ...only, into })
    assert.deepEqual([...there.values()].flat().sort(), toy.truth())
  })

  it('says as of when each piece is', async (t) => {
    const { toy, country, night } = await pulled(t)
    const tables = () => new Date(country.model.tables.pin!).toISOString()
    const before = tables()
    const asOf = () => {
      const { head } = other.source
      return asOfPieces(csvFiles(toy.into), { ...head, plan: { question: toy.question } }, toyPlan)
    }
    await using other = await startToy(toy.question)
    const first = await asOf()
    assert.deepEqual(new Set(first.map((each) => each.asOf)), new Set([before]))
    country.edit({ ...somewhere(toy, 1), value: 5 })
    night()
    await toy.refresh(only)
    const second = await asOf()
    // Also what was not pulled again: nothing of it has changed.
    assert.deepEqual(new Set(second.map((each) => each.asOf)), new Set([tables()]))
    assert.ok(new Set(second.map(({ answeredAt }) => answeredAt)).size > 1)
    assert.ok(
      second.every(
        ({ isStale, isSuspect, covers, rowCount }) => !isStale && !isSuspect && covers && rowCount >= 0,
      ),
    )
  })

  it('refuses options that are none, at once', async () => {
    const toy = await startToy()
    const into = csvFiles('out/never')
    for (const wrong of [
      { periods: -1 },
      { metadata: 'some' },
      { fullEveryDays: 'x' },
      { freshness: 'fresh' },
      { other: 1 },
    ]) {
      assert.throws(
        () => refreshPull(toy.source, { into, ...wrong } as never),
        QueryError,
        JSON.stringify(wrong),
      )
    }
    await toy[Symbol.asyncDispose]()
  })
})

describe('a changed key', () => {
  const piece = toyPlan({ question: { dx: ['a'], pe: ['202501'], ou: ['o'] } }).piece('0')

  it('is one far-off day more, whose rows are dropped', () => {
    const changed = withChangedKey({ ...piece, isWanted: () => (row) => row[0] === 'a' }, 7)
    const asked = changed.pairs.find(([, value]) => value.startsWith('pe:'))![1]
    assert.match(asked, /^pe:202501;26\d{6}$/)
    const isWanted = changed.isWanted!(['dx', 'pe'])
    assert.deepEqual(
      [
        ['a', '202501'],
        ['b', '202501'],
        ['a', asked.slice(-8)],
      ].map((row) => isWanted(row)),
      [true, false, false],
    )
    assert.notDeepEqual(withChangedKey(piece, 8).pairs, changed.pairs)
  })

  it('is none for what has no list of periods', () => {
    const filtered = { ...piece, pairs: [['filter', 'pe:2025']] as const }
    assert.equal(withChangedKey(filtered, 1), filtered)
    const list = { ...piece, isList: true }
    assert.equal(withChangedKey(list, 1), list)
  })
})
