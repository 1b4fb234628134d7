import { existsSync, readFileSync } from 'node:fs'
import { type FileHandle, open, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatasetError } from '../../errors.ts'
import { destinationError } from '../../sinks/destination.ts'
import { PartialFile } from '../../sinks/partial-file.ts'
import type { DatasetHead, PieceEvent, SeenDataset } from '../store.ts'
import { linesOf } from './lines.ts'
import { checkQuestion } from './question.ts'
import { syncDirectory } from './sync-directory.ts'

/** What a line holds behind the head: what happened to pieces, and which run it was. */
type Entry = PieceEvent | { readonly type: 'run'; readonly run: number; readonly at: string }

/** Of every journal. */
const beginning = '{"format":'

const types: readonly unknown[] = [
  'split',
  'join',
  'done',
  'setAside',
  'stale',
  'plan',
  'dropped',
  'seen',
  'known',
  'run',
]

/**
 * A file of JSON lines: the head of a dataset, and what happened since, each line on the disk before anything follows from
 * it. A last line that was not written to its end is none.
 */
export class Journal {
  readonly head: DatasetHead
  readonly run: number
  readonly #path: string
  /** Where what was there before this run ends. */
  readonly #end: number
  #file: FileHandle | undefined
  #last: Promise<void> = Promise.resolve()

  private constructor(path: string, { head, end, runs }: Found) {
    this.#path = path
    this.#end = end
    this.head = head
    this.run = runs + 1
  }

  /**
   * Goes on with a journal, or begins one.
   *
   * @throws DatasetError where it holds another question, is of a newer format or is damaged; DestinationError
   */
  static async open(path: string, head: DatasetHead): Promise<Journal> {
    const found = foundIn(path)
    if (found) {
      checkQuestion(found.head.question, head)
      // Before a line is put behind one that was not written to its end.
      await truncate(path, found.end).catch((error) => {
        throw destinationError(error, path)
      })
      return new Journal(path, found)
    }
    const { format, question, plan } = head
    const text = `${JSON.stringify({ format, question, plan })}\n`
    await writeWhole(path, text)
    return new Journal(path, { head, end: Buffer.byteLength(text), runs: 0 })
  }

  /** What is there, as it is; undefined where there is no journal, or no dataset in it yet. @throws as `open` does. */
  static look(path: string): Omit<SeenDataset, 'heldBy'> | undefined {
    const found = foundIn(path)
    if (!found) return undefined
    const { head, runs, end } = found
    return { head, runCount: runs, events: { [Symbol.iterator]: () => eventsIn(path, end) } }
  }

  /** What happened before this run. */
  get events(): Iterable<PieceEvent> {
    return { [Symbol.iterator]: () => eventsIn(this.#path, this.#end) }
  }

  /** All that happened by now. */
  get eventsByNow(): Iterable<PieceEvent> {
    return { [Symbol.iterator]: () => eventsIn(this.#path, Number.POSITIVE_INFINITY) }
  }

  /** Resolves when it is on the disk. Behind a line that could not be written there is no other. */
  append(event: PieceEvent): Promise<void> {
    const written = this.#last.then(() => this.#write(event))
    this.#last = written
    // Whoever appended it hears of it.
    written.catch(() => undefined)
    return written
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined)
    await this.#file?.close()
    this.#file = undefined
  }

  async #write(event: Entry): Promise<void> {
    try {
      if (!this.#file) {
        this.#file = await open(this.#path, 'a')
        await this.#write({ type: 'run', run: this.run, at: new Date().toISOString() })
      }
      await this.#file.appendFile(`${JSON.stringify(event)}\n`)
      await this.#file.datasync()
    } catch (error) {
      throw destinationError(error, this.#path)
    }
  }
}

interface Found {
  readonly head: DatasetHead
  /** Behind the last line that was written to its end. */
  readonly end: number
  readonly runs: number
}

/** @throws DatasetError where a journal that is there is of a newer format. Touches nothing. */
export function checkFormat(path: string): void {
  if (existsSync(path)) headOf(path)
}

/** Undefined where there is no journal, or not even its first line was written to its end. */
function foundIn(path: string): Found | undefined {
  if (!existsSync(path)) return undefined
  const head = headOf(path)
  if (!head) return undefined
  let { question } = head
  let end = 0
  let runs = 0
  let torn: number | undefined
  for (const { text, from, to } of linesOf(path)) {
    const entry = from === 0 ? undefined : entryOf(text)
    if (from > 0 && !entry) {
      torn ??= from
      continue
    }
    if (torn !== undefined) {
      throw new DatasetError(
        `${path} is damaged at byte ${torn}; take a copy of it from before that, or begin anew`,
      )
    }
    if (entry?.type === 'run') runs = entry.run
    if (entry?.type === 'plan') question = entry.question ?? question
    end = to
  }
  return { head: { ...head, question }, end, runs }
}

function headOf(path: string): DatasetHead | undefined {
  const first = firstLineOf(path)
  if (first === undefined) {
    const text = readFileSync(path, 'utf8')
    if (text.startsWith(beginning) || beginning.startsWith(text)) return undefined
  }
  const head = parsed(first ?? '') as (Omit<DatasetHead, 'format'> & { format: unknown }) | undefined
  if (typeof head?.format !== 'number') {
    throw new DatasetError(`${path} is no journal of a pull; take another name`)
  }
  if (head.format === 1) return head as DatasetHead
  throw new DatasetError(
    `${path} is of format ${head.format}, and this version of the package knows 1; take the one that wrote it`,
  )
}

function firstLineOf(path: string): string | undefined {
  for (const { text } of linesOf(path)) return text
  return undefined
}

function* eventsIn(path: string, until: number): Generator<PieceEvent, void> {
  for (const { text, from } of linesOf(path, until)) {
    const entry = from === 0 ? undefined : entryOf(text)
    if (entry && entry.type !== 'run') yield entry
  }
}

function entryOf(text: string): Entry | undefined {
  const entry = parsed(text) as Entry | undefined
  return types.includes(entry?.type) ? entry : undefined
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  try {
    const partial = await PartialFile.open(path)
    try {
      for (let left = Buffer.from(text); left.length > 0; ) {
        left = left.subarray(await partial.write([left]))
      }
      await partial.settle()
      partial.rename(0)
    } catch (error) {
      await partial.discard()
      throw error
    }
    await syncDirectory(dirname(path))
  } catch (error) {
    throw destinationError(error, path)
  }
}
