/**
 * start-up: what `import 'dhis2-analytics-stream'` costs in time and memory.
 *
 * Against importing its dependencies without it, the heaviest of them alone, and an empty module, which is Node itself.
 * Time is of the import only; memory is that of the process.
 */
import { medianOf, race } from '../race.ts'
import { type Job, peakText } from './job.ts'

const contestants = {
  ours: undefined,
  'our dependencies': undefined,
  'undici alone': undefined,
  'an empty module': undefined,
}

export const startUp: Job = async function* (workshop, { rounds }) {
  const grid = await workshop.grid({ shape: 'narrow', rows: 100 })
  const results = await race(workshop, { job: 'start-up', contestants, task: { grid }, rounds: rounds * 3 })
  yield {
    title: 'start-up',
    columns: ['', 'ms', 'peak MB'],
    rows: Object.keys(contestants).map((name) => [
      name,
      (medianOf(results, name, 'seconds') * 1000).toFixed(1),
      peakText(results, name),
    ]),
    targets: [],
  }
}
