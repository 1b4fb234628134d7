import { z } from 'zod'
import { type Shape, validate } from '../../checks/validate.ts'
import { QueryError } from '../../errors.ts'
import { type CallOptions, callOptionsShape } from '../../http/options.ts'
import { type Destination, pathOf } from '../../sinks/destination.ts'
import { type OwnStore, ownStore } from '../files/own-store.ts'
import type { PieceStore } from '../store.ts'
import type { Pace } from './pace.ts'

/** How many requests are under way at once. */
export interface Concurrency {
  /** How many to begin with. Default 1. */
  readonly start?: number | undefined
  /** How many at most, for all runs of one client. Default 4, more than which does a server no good. */
  readonly max?: number | undefined
}

/** What `pull.run()` takes. */
export interface PullRunOptions extends Pick<CallOptions, 'signal' | 'timeouts' | 'headers'> {
  /**
   * Where the data goes: `csvFiles('out/anc')`, `ndjsonFiles()`, `parquetFiles()`, a table, or an object of your own with
   * `write(piece, rows)`, beside a `journal`.
   */
  readonly into: PieceStore | OwnStore
  /** The file that tells what is done, for a store of your own. */
  readonly journal?: Destination | undefined
  readonly concurrency?: Concurrency | undefined
  readonly pace?: Pace | undefined
}

const places = z.int({ error: 'must be a whole number, 1 or more' }).min(1).optional()
const milliseconds = z.number({ error: 'must be a number of milliseconds' }).min(0).optional()

const schema = z.strictObject(
  {
    signal: callOptionsShape.signal,
    timeouts: callOptionsShape.timeouts,
    headers: callOptionsShape.headers,
    into: z.custom<PieceStore | OwnStore>(
      (value) => isStore(value) || typeof (value as OwnStore | null)?.write === 'function',
      { error: "must be a store such as csvFiles('out/anc'), or an object with write(piece, rows)" },
    ),
    journal: z.unknown().optional() as z.ZodType<Destination | undefined>,
    concurrency: z
      .strictObject({ start: places, max: places } satisfies Shape<Concurrency>)
      .refine(({ start = 1, max = 4 }) => start <= max, { error: 'start must not be more than max' })
      .optional(),
    pace: z
      .strictObject({
        growUnderMs: milliseconds,
        slowMs: milliseconds,
        waitMs: milliseconds,
        tablesMs: milliseconds,
      } satisfies Shape<Pace>)
      .optional(),
  } satisfies Shape<PullRunOptions>,
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.join(', ')}`
        : "must be an object such as { into: csvFiles('out/anc') }",
  },
)

/** @throws QueryError for options that can't be right. */
export function checkedRunOptions(given: PullRunOptions): PullRunOptions {
  return validate(schema, given, 'run')
}

/** @throws QueryError where it needs a journal and has none, or the other way round. */
export function storeOf({ into, journal }: PullRunOptions): PieceStore {
  if (isStore(into)) {
    if (journal === undefined) return into
    throw new QueryError('run: this store keeps its own journal; leave journal out')
  }
  if (journal !== undefined) return ownStore(into, pathOf(journal))
  throw new QueryError("run: a store of your own needs a journal too: journal: 'out/anc.journal'")
}

function isStore(value: unknown): value is PieceStore {
  return typeof (value as PieceStore | null)?.open === 'function'
}
