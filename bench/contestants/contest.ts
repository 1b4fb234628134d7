/**
 * What every contestant's process does: it is given one task, warms up, does the job, and prints one line of JSON. A
 * job that does not come out right ends the process with an error, and the benchmark with it.
 */
import { createHash, type Hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'

/** A grid on disk that the benchmark's server serves too. */
export interface GridFile {
  readonly name: string
  readonly path: string
  readonly url: string
  /** -1 where nobody has counted them. */
  readonly rows: number
  readonly byteLength: number
  /** The same rows as CSV with a header line, where somebody has asked for it. */
  readonly csvPath?: string
  /** The names of its headers. */
  readonly columns: readonly string[]
}

/** What a process is to do, as JSON in its only argument. */
export interface Task {
  readonly contestant: string
  readonly grid: GridFile
  /** Where the server is. */
  readonly origin: string
  /** The file to write, where the job writes one. */
  readonly destination: string
  /** The database that the rows go into: a URL or a path. */
  readonly database?: string
  /** What has changed since the dataset was pulled. */
  readonly changed?: { readonly pe: string; readonly ou: readonly string[] }
  /** The personal access token of the server, where it wants one. */
  readonly token?: string
  /** What is asked, where it is not for a grid. */
  readonly question?: {
    readonly dx: readonly string[]
    readonly pe: readonly string[]
    readonly ou: readonly string[]
  }
  /** How often the job is done; default once. */
  readonly calls?: number
  /** The job is first done on a small grid, again and again until this time has passed. */
  readonly warmUp?: { readonly grid: GridFile; readonly milliseconds: number }
  /** Whether to hash what comes out, which costs time: for the comparison before the race. */
  readonly digest?: boolean
}

/** What came of a job. What is there is checked against the grid. */
export interface Outcome {
  readonly rows?: number
  /** Bytes of the grid that went through. */
  readonly byteLength?: number
  /** Bytes of CSV. */
  readonly csvBytes?: number
  /** Bytes of anything else, which is compared with nothing. */
  readonly writtenBytes?: number
  readonly digest?: string | undefined
  /** Of a dataset: requests for data, its pieces, those that hold a change, those that were pulled again. */
  readonly requests?: number
  readonly pieces?: number
  readonly changedPieces?: number
  readonly pulledPieces?: number
}

/** The line a process prints. */
export interface Result extends Outcome {
  readonly seconds: number
  /** Peak resident memory, in bytes. */
  readonly peakBytes: number
}

/** Loads what it needs, so that this is not measured, and returns the job. */
export type Contestant = (task: Task) => Promise<(grid: GridFile) => Promise<Outcome>>

/** Runs the contestant that the command line names. */
export async function contest(contestants: Record<string, Contestant>): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as Task
  const job = await contestants[task.contestant]!(task)
  if (task.warmUp) {
    const end = performance.now() + task.warmUp.milliseconds
    do check(await job(task.warmUp.grid), task.warmUp.grid)
    while (performance.now() < end)
  }
  let outcome: Outcome = {}
  const start = performance.now()
  for (let call = 0; call < (task.calls ?? 1); call++) {
    outcome = await job(task.grid)
    check(outcome, task.grid)
  }
  report({ ...outcome, seconds: (performance.now() - start) / 1000, peakBytes: peakBytes() })
}

/** Prints the result and ends the process, whatever connections are still kept alive. */
export function report(result: Result): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
}

/**
 * Peak resident memory of this process. Linux's `maxRSS` is not less than that of the process that started this one
 * was, so that it is asked for only where `/proc` can't tell.
 */
export function peakBytes(): number {
  try {
    const status = readFileSync('/proc/self/status', 'latin1')
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

/** Counts rows, and hashes them if asked to. */
export class RowSink extends Writable {
  #rows = 0
  readonly #hash: Hash | undefined
  readonly #rowOf: (item: never) => unknown

  /** `rowOf` finds the row in what is written. */
  constructor({ digest }: Task, rowOf: (item: never) => unknown = (row) => row) {
    super({ objectMode: true })
    if (digest) this.#hash = createHash('sha1')
    this.#rowOf = rowOf
  }

  override _write(item: unknown, _: BufferEncoding, done: () => void): void {
    this.take(item)
    done()
  }

  take(item: unknown): void {
    this.#rows += 1
    this.#hash?.update(JSON.stringify(this.#rowOf(item as never)))
  }

  get outcome(): Outcome {
    return { rows: this.#rows, digest: this.#hash?.digest('hex') }
  }
}

/** Counts bytes, and hashes them if asked to. */
export class ByteSink extends Writable {
  byteLength = 0
  readonly #hash: Hash | undefined

  constructor({ digest }: Task) {
    super()
    if (digest) this.#hash = createHash('sha1')
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.byteLength += chunk.length
    this.#hash?.update(chunk)
    done()
  }

  get digest(): string | undefined {
    return this.#hash?.digest('hex')
  }
}

function check({ rows = -1, byteLength = -1 }: Outcome, grid: GridFile): void {
  if (rows !== -1 && grid.rows !== -1 && rows !== grid.rows) throw new Error(`${rows} rows, not ${grid.rows}`)
  if (byteLength !== -1 && byteLength !== grid.byteLength)
    throw new Error(`${byteLength} bytes, not ${grid.byteLength}`)
}
