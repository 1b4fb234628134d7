/**
 * country: a question of 2,000 data elements, 20,000 org units and 60 months, of which a tenth is filled.
 *
 * How long it takes to plan it, and in which memory: the server's part of it, which freezes the axes, included. What it costs
 * to ask in pieces, one or two at a time, and not at once, where the server is the same and has no limits: rows to CSV to
 * nothing. And what memory a pull takes into Parquet and into Postgres, with few rows and with ten times as many: the
 * stand-in makes up the rows in a process of its own on the same machine, so that their times are as much its as ours.
 */
import { rm } from 'node:fs/promises'
import { startPostgres } from '../../examples/support/postgres.ts'
import type { Task } from '../contestants/contest.ts'
import { medianOf, race, ratio } from '../race.ts'
import { decimals, type Table } from '../report.ts'
import type { Workshop } from '../workshop.ts'
import { countryServer } from './country-server.ts'
import { type Job, peakText } from './job.ts'

/** As large as the question: months of five years, and some 20,000 org units on the last level. */
const large = { orgUnits: 22_000, dataElements: 2000, from: '2021-01-01', to: '2025-12-31', filled: 0.1 }
const months = Array.from(
  { length: 60 },
  (_, at) => String(2021 + Math.floor(at / 12)) + String((at % 12) + 1).padStart(2, '0'),
)
/** Rows that there are of a data element, more or less. */
const rowsEach = 115_000

const job = 'country'

export const country: Job = async function* (workshop, { countryRows, rounds }) {
  await using server = await countryServer(large)
  const question = { ...server.question, pe: months }
  const taskOf = (rows: number) => ({
    ...server.task,
    question: { ...question, dx: question.dx.slice(0, Math.round(rows / rowsEach)) },
  })
  const [compared, smaller, larger] = countryRows
  yield await planned(workshop, { ...server.task, question }, rounds)
  yield await inPieces(workshop, taskOf(compared), rounds)
  yield* kept(workshop, [taskOf(smaller), taskOf(larger)])
}

type CountryTask = Pick<Task, 'grid' | 'origin' | 'token' | 'database'> & {
  readonly question: NonNullable<Task['question']>
}

async function planned(workshop: Workshop, task: CountryTask, rounds: number): Promise<Table> {
  const results = await race(workshop, {
    job,
    contestants: { plan: undefined },
    task,
    rounds: Math.min(rounds, 3),
  })
  const [seconds, peak] = [medianOf(results, 'plan', 'seconds'), medianOf(results, 'plan', 'peakBytes')]
  const pieces = results.get('plan')![0]!.writtenBytes!
  return {
    title: 'country, plan',
    note: `${task.question.dx.length} data elements, ${months.length} months, ${task.question.ou[0]}`,
    columns: ['', 'seconds', 'peak MB', 'pieces'],
    rows: [
      [
        'plan, and all of its pieces looked at',
        seconds.toFixed(2),
        peakText(results, 'plan'),
        pieces.toLocaleString('en'),
      ],
    ],
    targets: [
      { what: 'time', measured: seconds * 1000, unit: ' ms', less: true, atLeast: 5000 },
      { what: 'peak', measured: peak / 1e6, unit: ' MB', less: true, atLeast: 100 },
    ],
  }
}

async function inPieces(workshop: Workshop, task: CountryTask, rounds: number): Promise<Table> {
  const [one, pieces] = ['one request', 'in pieces']
  const results = await race(workshop, {
    job,
    contestants: { [one]: undefined, [pieces]: undefined },
    task,
    rounds: Math.min(rounds, 3),
  })
  return {
    title: 'country, what pieces cost',
    note: `${task.question.dx.length} data elements`,
    columns: ['', 'rows', 'seconds', 'peak MB', 'its time ÷ one request'],
    rows: [one, pieces].map((name) => [
      name,
      results.get(name)![0]!.rows!.toLocaleString('en'),
      medianOf(results, name, 'seconds').toFixed(2),
      peakText(results, name),
      decimals(ratio(results, name, one)),
    ]),
    targets: [
      {
        what: 'in pieces ÷ one request',
        measured: ratio(results, pieces, one),
        unit: '×',
        less: true,
        atLeast: 1.1,
      },
    ],
  }
}

async function* kept(
  workshop: Workshop,
  tasks: readonly [CountryTask, CountryTask],
): AsyncGenerator<Table, void> {
  for (const name of ['Parquet', 'Postgres']) {
    const lines: { rows: number; seconds: number; peak: number }[] = []
    for (const task of tasks) {
      await using postgres = name === 'Postgres' ? await startPostgres() : undefined
      const results = await race(workshop, {
        job,
        contestants: { [name]: undefined },
        task: { ...task, ...(postgres && { database: postgres.url }) },
        rounds: 1,
        prepare: () => rm(workshop.destination, { recursive: true, force: true }),
      })
      lines.push({
        rows: results.get(name)![0]!.rows!,
        seconds: medianOf(results, name, 'seconds'),
        peak: medianOf(results, name, 'peakBytes'),
      })
    }
    const [small, big] = lines as [(typeof lines)[0], (typeof lines)[0]]
    yield {
      title: `country, into ${name}`,
      columns: ['rows', 'seconds', 'rows/s', 'peak MB', '÷ smaller'],
      rows: lines.map(({ rows, seconds, peak }) => [
        rows.toLocaleString('en'),
        seconds.toFixed(1),
        Math.round(rows / seconds).toLocaleString('en'),
        (peak / 1e6).toFixed(0),
        decimals(peak / small.peak),
      ]),
      targets: [
        {
          what: 'memory, larger ÷ smaller',
          measured: big.peak / small.peak,
          unit: '×',
          less: true,
          atLeast: 1.2,
        },
      ],
    }
  }
}
