import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { csvFiles } from '../../lib/pull/files/csv-files.ts'
import { runPull } from '../../lib/pull/run/run.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { eventsOf, linesIn, quick, reportOf, startToy, toyQuestion, toyRows } from './toy.ts'

describe('a run', () => {
  it('gets all of it, in larger and larger requests, and then has nothing to do', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    const events = await eventsOf(runPull(toy.source, { into: csvFiles(into), pace: quick }))
    assert.deepEqual(events[0], { type: 'begun', run: 1, piecesLeft: 36 })
    const report = reportOf(events)
    assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
    assert.equal(report.isComplete, true)
    assert.equal(report.rowCount, 288)
    assert.equal(report.requestCount, toy.server.requests.length)
    assert.ok(report.requestCount < 30, `${report.requestCount} requests`)
    assert.equal(report.piecesDone, report.pieceCount)
    assert.deepEqual(report.withoutRows, [])
    assert.ok(report.byteCount > 288 * 20)
    const manifest = JSON.parse(await readFile(join(into, '_manifest.json'), 'utf8'))
    assert.equal(manifest.rowCount, 288)
    assert.deepEqual(
      manifest.files.map(({ name }: { name: string }) => name).sort(),
      (await readdir(into)).filter((name) => name.endsWith('.csv')).sort(),
    )
    const before = toy.server.requests.length
    const again = await eventsOf(runPull(toy.source, { into: csvFiles(into), pace: quick }))
    assert.deepEqual(
      again.map(({ type }) => type),
      ['begun', 'finished'],
    )
    assert.equal(toy.server.requests.length, before)
    assert.deepEqual(
      (await readdir(into)).filter((name) => name.includes('lock')),
      [],
    )
  })
})
