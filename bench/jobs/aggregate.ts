/**
 * aggregate: an HTTP request to the whole grid in memory.
 *
 * `ours` is `client.analytics.aggregate()`, against `undici.request` and `fetch`, each with `json()`. With a large grid
 * it is throughput and memory that count: `their time ÷ ours` of 2 says that ours takes half the time. With one of 100
 * rows it is what a call costs: calls one after the other, and `our calls ÷ theirs` of 0.8 says that we make 80 in the
 * time in which they make 100. Neither peer checks anything of what came.
 */
import { compare, medianOf, type Race, race, ratio } from '../race.ts'
import { decimals } from '../report.ts'
import { type Job, ours, peakText, sizeText, throughputColumns, throughputRows, warmUpGrid } from './job.ts'

const undici = 'undici.request, json()'
const fetched = 'fetch, json()'
const contestants = { ours: undefined, [undici]: undefined, [fetched]: undefined }

export const aggregate: Job = async function* (workshop, { rows, rounds, warmUpMs: milliseconds, calls }) {
  const small = await warmUpGrid(workshop, 'narrow')
  const large = await workshop.grid({ shape: 'narrow', rows })
  const entry: Race = {
    job: 'aggregate',
    contestants,
    task: { grid: large, warmUp: { grid: small, milliseconds } },
    rounds,
  }
  await compare(workshop, { ...entry, task: { grid: small } })
  const results = await race(workshop, entry)
  yield {
    title: 'aggregate, large',
    note: sizeText(large),
    columns: throughputColumns,
    rows: throughputRows(results, large),
    targets: [
      {
        what: `speed of ${fetched}`,
        measured: ratio(results, fetched, ours),
        unit: '×',
        atLeast: 1.5,
        aim: 2.5,
      },
      {
        what: `memory of ${fetched}`,
        measured: ratio(results, ours, fetched, 'peakBytes'),
        unit: '×',
        less: true,
        atLeast: 1,
      },
    ],
  }

  const grid = await workshop.grid({ shape: 'narrow', rows: 100 })
  // A call does little of everything, so that it takes long until all of it has been optimised.
  const warmUp = { grid, milliseconds: milliseconds * 4 }
  const called = await race(workshop, { ...entry, task: { grid, calls, warmUp } })
  yield {
    title: 'aggregate, 100 rows',
    note: `${sizeText(grid)}, ${calls} calls one after the other`,
    columns: ['', 'calls/s', 'ms a call', 'peak MB', 'our calls ÷ theirs'],
    rows: Object.keys(contestants).map((name) => {
      const seconds = medianOf(called, name, 'seconds')
      return [
        name,
        decimals(calls / seconds),
        ((seconds / calls) * 1000).toFixed(3),
        peakText(called, name),
        decimals(ratio(called, name, ours)),
      ]
    }),
    targets: [
      {
        what: `calls per second of ${undici}`,
        measured: ratio(called, undici, ours),
        unit: '×',
        atLeast: 0.5,
        aim: 0.8,
      },
    ],
  }
}
