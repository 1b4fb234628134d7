/**
 * refresh: a night's refresh of a country of which one cell in a thousand has changed, beside the full pull of the night
 * before: how many requests it takes, and how many pieces hold a change. Late reports are what changes: of one month, in a
 * tenth of the org units. Behind that the same full pull by one worker and by four.
 */
import { rm } from 'node:fs/promises'
import pg from 'pg'
import { startPostgres } from '../../examples/support/postgres.ts'
import { medianOf, type Results, race, ratio } from '../race.ts'
import { decimals, type Table } from '../report.ts'
import type { Workshop } from '../workshop.ts'
import { countryServer } from './country-server.ts'
import type { Job } from './job.ts'

const some = {
  orgUnits: 2200,
  dataElements: 400,
  from: '2024-01-01',
  to: '2025-12-31',
  filled: 0.1,
  clockRuns: true,
}
const months = Array.from(
  { length: 24 },
  (_, at) => String(2024 + Math.floor(at / 12)) + String((at % 12) + 1).padStart(2, '0'),
)

export const refresh: Job = async function* (workshop, { rounds, sharedElements }) {
  await using server = await countryServer(some)
  const task = { ...server.task, question: { ...server.question, pe: months } }
  await rm(workshop.destination, { recursive: true, force: true })
  const [full, again] = ['a full pull', 'a refresh']
  const before = await race(workshop, { job: 'refresh', contestants: { [full]: undefined }, task, rounds: 1 })
  const changed = await server.edit(months[5]!)
  const after = await race(workshop, {
    job: 'refresh',
    contestants: { [again]: undefined },
    task: { ...task, changed },
    rounds: 1,
  })
  const results: Results = new Map([...before, ...after])
  const { changedPieces, pulledPieces } = after.get(again)![0]!
  yield {
    title: 'refresh',
    note: `values of ${changed.ou.length} org units edited, in ${changedPieces} pieces; ${pulledPieces} pulled again`,
    columns: ['', 'pieces', 'requests for data', 'seconds', 'rows'],
    rows: rowsOf(results),
    targets: [
      {
        what: 'pieces pulled ÷ pieces that hold a change',
        measured: pulledPieces! / changedPieces!,
        unit: '×',
        less: true,
        atLeast: 3,
      },
    ],
  }
  await rm(workshop.destination, { recursive: true, force: true })
  yield await shared(workshop, sharedElements, Math.min(rounds, 3))
}

/** The same full pull into PostgreSQL by workers, which have one budget of requests however many they are. */
async function shared(workshop: Workshop, dataElements: number, rounds: number): Promise<Table> {
  await using server = await countryServer({ ...some, dataElements })
  await using postgres = await startPostgres()
  const client = new pg.Client(postgres.url)
  await client.connect()
  const [one, four] = ['one worker', 'four workers']
  const results = await race(workshop, {
    job: 'workers',
    contestants: { [one]: undefined, [four]: undefined },
    task: { ...server.task, question: { ...server.question, pe: months }, database: postgres.url },
    rounds,
    prepare: async () => {
      await client.query(
        'DROP SCHEMA IF EXISTS graphile_worker CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; CHECKPOINT',
      )
    },
  })
  await client.end()
  return {
    title: 'workers',
    note: 'a full pull into PostgreSQL, the server, the database and all workers on this machine',
    columns: ['', 'pieces', 'requests for data', 'seconds', 'rows'],
    rows: rowsOf(results),
    targets: [{ what: `speed of ${one}`, measured: ratio(results, one, four), unit: '×', atLeast: 1 }],
  }
}

function rowsOf(results: Results): string[][] {
  return [...results.keys()].map((name) => {
    const { pieces, requests, rows } = results.get(name)![0]!
    const seconds = decimals(medianOf(results, name, 'seconds'))
    return [name, String(pieces), String(requests), seconds, rows!.toLocaleString('en')]
  })
}
