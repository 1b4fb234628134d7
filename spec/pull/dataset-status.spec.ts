import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Dhis2Client, personalAccessToken } from '../../lib/index.ts'
import { datasetStatus } from '../../lib/pull/dataset-status.ts'
import { csvFiles } from '../../lib/pull/files/csv-files.ts'
import { countryOf, demoToken, startDhis2 } from '../../lib/testing/index.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { failureOf } from '../support/stages.ts'

// More of it, against a country and from outside, is in spec/cli/dataset.spec.ts.
describe('datasetStatus', () => {
  it('is undefined before there is a dataset, and makes none', async (t) => {
    const folder = await emptyDirectory(t)
    assert.equal(await datasetStatus({ into: csvFiles(join(folder, 'nowhere')) }), undefined)
    assert.equal(await datasetStatus({ into: csvFiles(folder) }), undefined)
    const into = { write: () => undefined }
    assert.equal(await datasetStatus({ into, journal: join(folder, 'own.journal') }), undefined)
  })

  it('refuses what is no store, and a journal that can not be read', async (t) => {
    const folder = await emptyDirectory(t)
    const wrong = (await failureOf(datasetStatus({ into: {} as never }))) as Error
    assert.equal(wrong.name, 'QueryError')
    await writeFile(join(folder, '_pull.journal'), '{"format":2}\n')
    const newer = (await failureOf(datasetStatus({ into: csvFiles(folder) }))) as Error
    assert.equal(newer.name, 'DatasetError')
    await mkdir(join(folder, 'own.journal'))
    const own = { into: { write: () => undefined }, journal: join(folder, 'own.journal') }
    assert.equal(((await failureOf(datasetStatus(own))) as Error).name, 'DestinationError')
  })

  it('tells of a refresh that was left what is to be pulled again, and of which tables the rest is', async (t) => {
    const country = countryOf({ seed: 7, orgUnits: 10, levels: 3, now: '2025-10-15T08:30:00.000' })
    await using server = await startDhis2({ country })
    await using client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
    const dx = country.dataElements.slice(0, 3).map(({ id }) => id)
    const pull = await client.analytics.plan(
      { dx, pe: ['202509', '202510'], ou: 'LEVEL-2' },
      { pieceCells: 4 },
    )
    const into = csvFiles(join(await emptyDirectory(t), 'data'))
    for await (const _ of pull.run({ into }));
    const whole = (await datasetStatus({ into }))!
    assert.deepEqual(
      [whole.isComplete, whole.piecesDone, whole.staleCount, whole.suspectCount, whole.periods],
      [true, whole.pieceCount, 0, 0, ['202509', '202510']],
    )
    assert.deepEqual(whole.asOf, { from: '2025-10-15T07:30:00.000Z', to: '2025-10-15T07:30:00.000Z' })
    assert.equal(whole.question.server, server.url)
    for await (const { type } of pull.refresh({ into, periods: 1 })) if (type === 'refreshing') break
    const left = (await datasetStatus({ into }))!
    assert.ok(left.staleCount > 0)
    assert.deepEqual([left.isComplete, left.piecesDone], [false, whole.pieceCount - left.staleCount])
    assert.ok(left.rowCount < whole.rowCount)
  })
})
