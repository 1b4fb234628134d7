import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { serverOf } from '../../lib/http/server-of.ts'
import { Dhis2Client, personalAccessToken } from '../../lib/index.ts'
import type { PullEvent } from '../../lib/pull/events.ts'
import type { Piece, Plan } from '../../lib/pull/piece.ts'
import { partsOfId } from '../../lib/pull/run/piece-id.ts'
import type { RunSource } from '../../lib/pull/run/run.ts'
import { demoToken, type StandIn, type StandInOptions, startDhis2 } from '../../lib/testing/index.ts'
import { worldOf } from '../../lib/testing/world.ts'

/** What a toy plan asks for: all of these with each other. */
export interface ToyQuestion {
  readonly dx: readonly string[]
  readonly pe: readonly string[]
  readonly ou: readonly string[]
}

const country = worldOf(1)
  .orgUnits(40)
  .map(({ id }) => id)
const months = Array.from({ length: 12 }, (_, month) => `2024${String(month + 1).padStart(2, '0')}`)

/** 3 data elements, 12 months, 8 org units: 36 pieces of 8 cells. */
export const toyQuestion: ToyQuestion = {
  dx: ['fbfJHSPpUQD', 'cYeuwXTCPkU', 'Jtf34kNZhzP'],
  pe: months,
  ou: country.slice(0, 8),
}

/** A plan that starts with one data item and one period a piece, joins along periods and cuts along org units. */
export function toyPlan(json: unknown): Plan {
  const { dx, pe, ou } = (json as { question: ToyQuestion }).question
  const pieceOf = (id: string): Piece => {
    const { from, to, path } = partsOfId(id)!
    const item = dx[Math.floor(from / pe.length)]!
    if (item === undefined) throw new RangeError(id)
    const periods = pe.slice(from % pe.length, (to % pe.length) + 1)
    let units = [...ou]
    for (const half of path) {
      const middle = Math.ceil(units.length / 2)
      units = half === 1 ? units.slice(0, middle) : units.slice(middle)
    }
    return {
      id,
      group: item,
      endpoint: '/api/analytics.json',
      pairs: [
        ['dimension', `dx:${item}`],
        ['dimension', `pe:${periods.join(';')}`],
        ['dimension', `ou:${units.join(';')}`],
      ],
      cells: periods.length * units.length,
      covers: { dx: [item], pe: periods, ou: units },
      isList: false,
    }
  }
  const idOf = (from: number, to: number) => (from === to ? String(from) : `${from}-${to}`)
  return {
    pieceCount: dx.length * pe.length,
    piece: pieceOf,
    *pieces(from = 0) {
      for (let at = from; at < dx.length * pe.length; at++) yield pieceOf(String(at))
    },
    cut(piece) {
      const { from, to } = partsOfId(piece.id)!
      if (from < to) {
        const middle = Math.floor((from + to) / 2)
        return [pieceOf(idOf(from, middle)), pieceOf(idOf(middle + 1, to))]
      }
      return piece.covers!['ou']!.length < 2 ? [] : [pieceOf(`${piece.id}.1`), pieceOf(`${piece.id}.2`)]
    },
    joined(from, count) {
      const end = Math.floor(from / pe.length + 1) * pe.length
      return pieceOf(idOf(from, Math.min(from + count, end) - 1))
    },
    toJSON: () => json,
  }
}

/** The rows that answer it, as CSV lines, in order. */
export function toyRows({ dx, pe, ou }: ToyQuestion, valueFor: typeof toyValue = toyValue): string[] {
  return dx
    .flatMap((item) => pe.flatMap((period) => ou.map((unit) => [item, period, unit] as const)))
    .map(
      ([item, period, unit]) => `${item},${period},${unit},${valueFor({ dx: item, pe: period, ou: unit })}`,
    )
    .sort()
}

/** A value for each cell, the same every time. */
export function toyValue(cell: Readonly<Record<string, string>>): string {
  let sum = 7
  for (const letter of `${cell['dx']}${cell['pe']}${cell['ou']}`)
    sum = (sum * 31 + letter.charCodeAt(0)) % 9973
  return `${sum}.0`
}

export interface Toy<Server = StandIn> extends AsyncDisposable {
  readonly server: Server
  readonly client: Dhis2Client
  readonly source: RunSource
  /** The most requests for data that were under way at once so far. */
  readonly peak: number
}

/** A stand-in, a client, and what a run is of. */
export async function startToy(
  question: ToyQuestion = toyQuestion,
  options: StandInOptions = {},
): Promise<Toy> {
  const server = await startDhis2({ valueFor: toyValue, ...options })
  return toyAt(server, question, () => server.close())
}

export function toyAt<Server extends Pick<StandIn, 'url'>>(
  server: Server,
  question: ToyQuestion = toyQuestion,
  close: () => Promise<void> = async () => undefined,
): Toy<Server> {
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
  const { dx, pe, ou } = question
  let [underway, peak] = [0, 0]
  const count = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    if (`http://${request.headers.host}` !== server.url) return
    underway += 1
    peak = Math.max(peak, underway)
    response.once('close', () => {
      underway -= 1
    })
  }
  subscribe('http.server.request.start', count)
  const asked = [dx, pe, ou].map(
    (items, at) => ['dimension', `${['dx', 'pe', 'ou'][at]}:${items.join(';')}`] as const,
  )
  return {
    server,
    client,
    source: {
      server: serverOf('spec', client),
      head: { format: 1, question: { server: 'https://dhis2.example.org', asked }, plan: { question } },
      planFrom: toyPlan,
    },
    get peak() {
      return peak
    },
    async [Symbol.asyncDispose]() {
      unsubscribe('http.server.request.start', count)
      await client.close()
      await close()
    },
  }
}

/** All events of a run, to its end. */
export async function eventsOf(run: AsyncIterable<PullEvent>): Promise<PullEvent[]> {
  const events: PullEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

export function reportOf(events: readonly PullEvent[]) {
  const last = events.at(-1)
  assert.equal(last?.type, 'finished')
  return last.report
}

/** The lines of all CSV files in a folder, without headers, in order; twice what is there twice. */
export async function linesIn(directory: string): Promise<string[]> {
  const lines: string[] = []
  for (const name of (await readdir(directory)).filter((each) => each.endsWith('.csv'))) {
    const [header, ...rest] = (await readFile(join(directory, name), 'utf8')).trimEnd().split('\n')
    assert.equal(header, 'dx,pe,ou,value', name)
    lines.push(...rest)
  }
  return lines.sort()
}

/** Waits that no spec has to wait for. */
export const quick = { waitMs: 1, tablesMs: 1, slowMs: 5000, growUnderMs: 20_000 }
