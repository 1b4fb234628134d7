import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { missingOf, summaryOf } from '../../../lib/cli/dataset/told.ts'
import { pullText } from '../../../lib/cli/terminal/pull-text.ts'
import type { PullReport, RefreshReport } from '../../../lib/index.ts'

const aside = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    piece: String(at),
    covers: at === 1 ? undefined : { dx: ['a'], pe: ['202401', '202402', '202403'] },
    reason: '409 E7145: it breaks [GET https://dhis2.example.org/api/analytics.json?x]',
  }))

const report: PullReport = {
  piecesDone: 4,
  pieceCount: 4,
  rowCount: 1234,
  byteCount: 0,
  requestCount: 4,
  elapsedMs: 1000,
  rowsPerSecond: 1234,
  leftMs: 0,
  isComplete: true,
  setAside: [],
  withoutRows: [],
}

const refresh: RefreshReport = {
  pieceCount: 0,
  why: {},
  isFull: false,
  changedValueCount: 0,
  differences: [],
  droppedCount: 0,
  addedCount: 0,
  holes: {},
}

describe('what is told of a dataset', () => {
  it('names what is missing by what it covers, without the request', () => {
    assert.equal(
      missingOf({ setAside: aside(1), pieceCount: 4 }),
      '1 of 4 pieces could not be had: dx a, pe 202401 … 202403: 409 E7145: it breaks',
    )
    assert.match(
      missingOf({ setAside: aside(1003), pieceCount: 2000 }),
      /^1003 of 2,000 pieces could not be had: dx a, .*; 1: 409 E7145: it breaks; and 1,001 pieces more$/,
    )
  })

  it('sums a run up in a line', () => {
    const there = '1,234 rows in 4 pieces, in out/anc'
    assert.equal(summaryOf('anc', report, 1, 'out/anc'), `anc: complete, 1 piece pulled; ${there}`)
    assert.equal(summaryOf('anc', report, 0, 'out/anc'), `anc: complete, nothing was to do; ${there}`)
    assert.equal(
      summaryOf('anc', { ...report, withoutRows: ['a', 'b', 'c', 'd'] }, 4, 'out/anc'),
      `anc: complete, 4 pieces pulled; ${there}; no row of a, b, c, and 1 more`,
    )
    const freshness = {
      tablesOf: '2024-01-01T00:00:00.000Z',
      isOneSnapshot: false,
      isProven: true,
      replacedCount: 1,
      old: ['1'],
      suspect: ['2'],
    }
    assert.equal(
      summaryOf('anc', { ...report, freshness }, 4, 'out/anc'),
      `anc: complete, 4 pieces pulled; ${there}; tables were replaced meanwhile: 2 pieces are of others, which a refresh pulls again`,
    )
  })

  it('sums a refresh up', () => {
    const told = (of: Partial<RefreshReport>, count: number) =>
      summaryOf('anc', { ...report, refresh: { ...refresh, ...of } }, count, 'out/anc').split('; ')[0]
    assert.equal(told({}, 0), 'anc: refreshed, nothing was to do')
    const moved = {
      why: { 'values changed': 1 },
      addedCount: 2,
      droppedCount: 1,
      differences: ['A is other'],
    }
    assert.equal(
      told(moved, 3),
      'anc: refreshed, 3 pieces pulled (1 as values changed), 2 of them new, 1 piece dropped, metadata differs: A is other',
    )
    assert.equal(
      told({ isFull: true, why: { due: 4 } }, 4),
      'anc: complete, 4 pieces pulled, all of it, as due',
    )
    assert.equal(told({ isFull: true }, 4), 'anc: complete, 4 pieces pulled')
  })

  it('shows how far it is', () => {
    const counts = { piecesDone: 1, pieceCount: 4, rows: 1000, rowsPerSecond: 500 }
    assert.equal(pullText(undefined, 2), 'asking what there is to pull, 2 s')
    assert.equal(pullText({ ...counts, rows: 0 }, 2), 'waiting for the server, 1 of 4 pieces, 2 s')
    const waiting = { seconds: 90, reason: 'it is busy' }
    assert.equal(pullText({ ...counts, waiting }, 2), 'waiting 1 min 30 s, 1 of 4 pieces: it is busy')
    assert.equal(
      pullText({ ...counts, leftSeconds: 6 }, 2),
      '█████░░░░░░░░░░░░░░░ 25 %, 1 of 4 pieces, 1,000 rows, 500 rows/s, 2 s, 6 s left',
    )
    assert.match(pullText({ ...counts, piecesDone: 0, pieceCount: 0 }, 2), /^░{20} 0 %, .* rows\/s, 2 s$/)
  })
})
