import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileSink } from '../../sinks/file.ts'
import type { FrozenQuestion } from '../frozen-question.ts'
import type { DatasetHead, PieceEvent } from '../store.ts'
import { fileOf } from './file-name.ts'

/** What a folder holds, for people and scripts: `_manifest.json`. */
export interface Manifest {
  readonly format: 1
  /** What was asked, of which server. */
  readonly question: DatasetHead['question']
  /** The periods that it has, whatever relative ones were asked for; null where there are none. */
  readonly periods: readonly string[] | null
  /** The days that a list has; null where it is none. */
  readonly days: readonly { readonly from: string; readonly to: string }[] | null
  /** Whether all of it is there: no piece was set aside. */
  readonly isComplete: boolean
  /** When the first piece was answered and the last had come, by the server's clock: ISO, UTC. */
  readonly asOf: { readonly from: string; readonly to: string } | null
  readonly rowCount: number
  /** Pieces without rows have none. */
  readonly files: readonly { readonly name: string; readonly rows: number; readonly answeredAt: string }[]
  readonly setAside: readonly { readonly piece: string; readonly reason: string }[]
}

/** Written a file at a time, as there may be a million. */
export async function writeManifest(
  directory: string,
  extension: string,
  head: DatasetHead,
  events: Iterable<PieceEvent>,
): Promise<void> {
  const sink = new FileSink(join(directory, '_manifest.json'))
  await pipeline(Readable.from(linesOf(extension, head, events)), sink)
}

function* linesOf(
  extension: string,
  { question, plan }: DatasetHead,
  events: Iterable<PieceEvent>,
): Generator<string> {
  const setAside = new Map<string, string>()
  let rowCount = 0
  let [from, to] = ['', '']
  for (const event of events) {
    if ('piece' in event) setAside.delete(event.piece)
    if (event.type === 'setAside') setAside.set(event.piece, event.reason)
    if (event.type === 'plan') setAside.clear()
  }
  for (const event of whatCounts(events)) {
    const { answeredAt, endedAt } = event.facts
    rowCount += event.facts.rowCount
    if (from === '' || answeredAt < from) from = answeredAt
    if (endedAt > to) to = endedAt
  }
  const { periods, days } = lastQuestion(plan, events)
  let asked = question
  for (const event of events) if (event.type === 'plan') asked = event.question ?? asked
  const known: Omit<Manifest, 'files' | 'setAside'> = {
    format: 1,
    question: asked,
    periods: periods?.map(({ id }) => id) ?? null,
    days: days?.spans ?? null,
    isComplete: setAside.size === 0,
    asOf: from === '' ? null : { from, to },
    rowCount,
  }
  const lines = Object.entries(known).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  )
  yield `{\n${lines.join('')}  "files": [`
  let between = '\n'
  for (const event of whatCounts(events)) {
    if (event.facts.rowCount === 0) continue
    const { rowCount: rows, answeredAt } = event.facts
    const file: Manifest['files'][number] = { name: fileOf(event.piece, extension), rows, answeredAt }
    yield `${between}    ${JSON.stringify(file)}`
    between = ',\n'
  }
  const aside = Array.from(setAside, ([piece, reason]): Manifest['setAside'][number] => ({ piece, reason }))
  yield `\n  ],\n  "setAside": ${JSON.stringify(aside)}\n}\n`
}

/** What was written and not written again, cut or dropped since. */
function* whatCounts(events: Iterable<PieceEvent>): Generator<PieceEvent & { type: 'done' }, void> {
  /** How often something of a piece came to count no more: few were written twice. */
  const gone = new Map<string, number>()
  const lose = (piece: string) => gone.set(piece, (gone.get(piece) ?? 0) + 1)
  for (const event of events) {
    if (event.type === 'stale') for (const piece of event.pieces) lose(piece)
    if (event.type === 'plan') for (const piece of event.dropped) lose(piece)
  }
  for (const event of events) {
    if (event.type !== 'done') continue
    const times = gone.get(event.piece) ?? 0
    if (times === 0) yield event
    else gone.set(event.piece, times - 1)
  }
}

/** What the question meant when it was last planned. */
function lastQuestion(first: unknown, events: Iterable<PieceEvent>): Partial<FrozenQuestion> {
  let plan = first
  for (const event of events) if (event.type === 'plan') plan = event.plan
  return (plan as { question?: FrozenQuestion }).question ?? {}
}
