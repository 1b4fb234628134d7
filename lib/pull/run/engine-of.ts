import { withChangedKey } from '../freshness/changed-key.ts'
import { fullFreshness } from '../freshness/freshness-options.ts'
import { Guard } from '../freshness/guard.ts'
import type { PieceId } from '../piece.ts'
import type { Dataset } from '../refresh/dataset.ts'
import { type AskPiece, askServer } from './ask.ts'
import { Engine } from './engine.ts'
import { fullPace } from './pace.ts'
import type { Tools } from './run-events.ts'
import type { PullRunOptions } from './run-options.ts'

/** Undefined where nobody is to look. */
export function guardOf(
  { freshness = 'mixed' }: PullRunOptions,
  given: Tools & { readonly dataset: Dataset; readonly sinceRun: number },
): Guard | undefined {
  const options = fullFreshness(freshness)
  return options.policy === 'off' ? undefined : new Guard({ ...options, ...given })
}

interface EngineParts extends Tools {
  readonly dataset: Dataset
  readonly guard: Guard | undefined
  /** What else is to be pulled again where tables were replaced meanwhile. */
  readonly more?: () => Promise<readonly PieceId[]>
}

export function engineOf(
  { concurrency: { start = 1, max = 4 } = {}, pace }: PullRunOptions,
  { dataset, guard, server, call, tell, signal, more = async () => [] }: EngineParts,
): Engine {
  const askPlain = askServer(server, call, dataset.store.readsMetaData)
  const ask: AskPiece = (piece, columns, ending) => {
    const attempts = guard?.attempts ?? 0
    const asked = attempts === 0 ? piece : withChangedKey(piece, dataset.store.run * 100 + attempts)
    return askPlain(asked, columns, ending)
  }
  return new Engine({
    plan: dataset.plan,
    firstCount: dataset.firstCount,
    store: dataset.store,
    ask,
    gate: server.gate,
    places: { start, max },
    pace: fullPace(pace),
    tell,
    ...(guard && { ready: () => guard.ready(signal), settle: () => guard.settle(more) }),
  })
}
