import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  csvFiles,
  Dhis2Client,
  IncompletePullError,
  isDhis2Error,
  type PullReport,
  personalAccessToken,
} from '../../../lib/index.ts'
import { countryOf, demoToken, startDhis2 } from '../../../lib/testing/index.ts'
import { between, pick, randomFrom } from '../../../lib/testing/random.ts'
import { emptyDirectory } from '../../support/run-script.ts'
import { quick } from '../toy.ts'

const dayMs = 86_400_000
const nights = 40

/** Lines of a folder, and what the tables say item by item: as a number where it is one, whose last digit nobody knows. */
const rounded = (line: string) => {
  const at = line.lastIndexOf(',') + 1
  const number = Number(line.slice(at))
  return line.slice(0, at) + (Number.isNaN(number) ? line.slice(at) : Number(number.toPrecision(9)))
}

describe('a year of nights', () => {
  for (const seed of [2]) {
    it(`leaves a dataset that is as a full pull, or says what is missing (seed ${seed})`, async (t) => {
      const random = randomFrom(seed)
      const country = countryOf({
        seed,
        orgUnits: 16,
        levels: 4,
        now: '2025-01-20T02:00:00.000',
        to: '2026-12-31',
      })
      await using server = await startDhis2({ country })
      await using client = new Dhis2Client({
        baseUrl: server.url,
        auth: personalAccessToken(demoToken),
        retry: { attempts: 2, baseDelayMs: 1 },
      })
      const elements = [0, 1, 2, 3, 4, 6].map((at) => country.dataElements[at]!)
      const [first] = elements
      const items = [
        ...elements.map(({ id }) => id),
        `${first!.id}.${first!.optionCombos[0]!.id}`,
        ...country.indicators.slice(0, 11).map(({ id }) => id),
      ]
      const query = { dx: items, pe: ['LAST_12_MONTHS', 'THIS_YEAR'], ou: ['LEVEL-2', 'LEVEL-4'] }
      const pull = await client.analytics.plan(query, { pieceCells: 60 })
      const directory = join(await emptyDirectory(t), 'data')
      const into = csvFiles(directory)
      const counts = { same: 0, refused: 0, crashed: 0, kept: 0, replanned: 0, relocated: 0, full: 0 }

      const truth = () =>
        items
          .flatMap((item) => {
            const answer = country.analytics([
              ['dimension', `dx:${item}`],
              ['dimension', `pe:${query.pe.join(';')}`],
              ['dimension', `ou:${query.ou.join(';')}`],
            ])
            assert.ok('rows' in answer, JSON.stringify(answer))
            return [...answer.rows].map((row) => rounded(row.join()))
          })
          .sort()

      const lines = async () => {
        const names = (await readdir(directory)).filter(
          (name) => name.endsWith('.csv') && name !== 'empty.csv',
        )
        const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
        return texts.flatMap((text) => text.trimEnd().split('\n').slice(1).map(rounded)).sort()
      }

      const editSomething = () => {
        const element = pick(random, elements)
        const places = country.enteredBy(element.id)
        const month = new Date(Date.parse(`${country.now}Z`) - between(random, 0, 400) * dayMs)
        const year = month.getUTCFullYear()
        const period =
          element.periodType.name === 'Yearly'
            ? String(year)
            : `${year}${String(month.getUTCMonth() + 1).padStart(2, '0')}`
        const key = {
          dataElement: element.id,
          period,
          orgUnit: pick(random, places).id,
          categoryOptionCombo: pick(random, element.optionCombos).id,
        }
        if (between(random, 0, 3) === 0) country.remove(key)
        else country.edit({ ...key, value: between(random, 1, 5000) })
      }

      /** Among them moves to another level, of whatever is below too. */
      const moveSomething = () => {
        const place = pick(random, country.orgUnits.slice(1))
        const parents = country.orgUnits.filter(({ level, ids }) => level < 4 && !ids.includes(place.id))
        country.move(place.id, pick(random, parents).id)
        counts.relocated += 1
      }

      /** A refresh, which may crash some pieces in. */
      const refresh = async (policy: 'strict' | 'mixed', crashAfter: number, onPiece: () => void) => {
        let pieces = 0
        let report: PullReport | undefined
        for await (const event of pull.refresh({
          into,
          pace: quick,
          periods: 1,
          metadata: 'concerned',
          fullEveryDays: 120,
          freshness: { policy, everyMs: 0, whileRunningMs: 1 },
        })) {
          if (event.type === 'waiting') country.advance(event.ms + 2000)
          if (event.type === 'piece') {
            onPiece()
            pieces += 1
            if (pieces === crashAfter) return undefined
          }
          if (event.type === 'finished') report = event.report
        }
        return report
      }

      for (let night = 0; night < nights; night++) {
        const days = between(random, 1, 11)
        const edits = between(random, 0, 6)
        for (let edit = 0; edit < edits; edit++) {
          country.advance((days * dayMs) / (edits + 1))
          editSomething()
        }
        country.advance((days * dayMs) / (edits + 1))
        if (between(random, 0, 12) === 0) {
          const at = between(random, 0, 10)
          country.setNumerator(
            country.indicators[at]!.id,
            `#{${pick(random, elements).id}}*${between(random, 2, 9)}`,
          )
        }
        if (between(random, 0, 3) === 0) moveSomething()
        // Most nights tables are made anew before, some nights meanwhile, some not at all.
        const when = between(random, 0, 9)
        if (when < 7) country.rebuild()
        country.advance(60_000)
        let isLate = when === 7 || when === 8
        const onPiece = () => {
          if (!isLate || country.model.tables.job || between(random, 0, 2) > 0) return
          isLate = false
          country.beginRebuild({
            way: pick(random, ['turns', 'vanishes'] as const),
            stepsPerRequest: between(random, 1, 3),
          })
        }
        if (between(random, 0, 5) === 0) {
          server.misbehave({
            when: ({ path, url }) => path.endsWith('/analytics.json') && !url.includes('skipData'),
            times: between(random, 1, 6),
            ...pick(random, [
              { status: 503 },
              { destroyBeforeHeaders: true },
              { truncateAfter: 40 },
              { status: 500 },
            ]),
          })
        }
        const policy = between(random, 0, 2) === 0 ? 'mixed' : 'strict'
        try {
          let report: PullReport | undefined
          for (let crash = between(random, 0, 3); !report; crash--) {
            report = await refresh(policy, crash > 1 ? between(random, 1, 20) : -1, onPiece)
            if (!report) counts.crashed += 1
          }
          const { freshness } = report
          const isSaid = freshness!.old.length + freshness!.suspect.length > 0 || !freshness!.isOneSnapshot
          if (!isSaid)
            assert.deepEqual(
              await lines(),
              truth(),
              `night ${night}, ${country.now}, ${JSON.stringify(report.refresh)}`,
            )
          counts[isSaid ? 'refused' : 'same'] += 1
          counts.kept += report.pieceCount - report.refresh!.pieceCount
          if (report.refresh!.addedCount) counts.replanned += 1
          if (report.refresh!.isFull) counts.full += 1
        } catch (error) {
          if (!isDhis2Error(error)) throw error
          assert.ok(error instanceof IncompletePullError || error.code !== 'ERR_QUERY', String(error))
          counts.refused += 1
        }
        // Whatever the night was, no job runs into the day.
        country.model.tables.job?.finish()
      }
      t.diagnostic(JSON.stringify(counts))
      assert.ok(counts.same > nights / 2, JSON.stringify(counts))
      assert.ok(counts.relocated > 4, JSON.stringify(counts))
      assert.ok(counts.replanned > 2 && counts.crashed > 5 && counts.kept > 300, JSON.stringify(counts))
    })
  }
})
