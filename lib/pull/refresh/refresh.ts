import type { PullEvent } from '../events.ts'
import { look } from '../freshness/look.ts'
import { engineOf, guardOf } from '../run/engine-of.ts'
import { eventsOf, type RunSource } from '../run/run-events.ts'
import { storeOf } from '../run/run-options.ts'
import { Marking } from './marking.ts'
import { checkedRefreshOptions, type PullRefreshOptions } from './refresh-options.ts'

/**
 * Refreshes a dataset, or pulls it where there is none: see `Pull.refresh`.
 *
 * @throws QueryError for options that can't be right, at once.
 */
export function refreshPull(
  source: RunSource,
  given: PullRefreshOptions,
): AsyncGenerator<PullEvent, void, undefined> {
  const { freshness = source.freshness ?? 'mixed', adopt: adopts, ...others } = checkedRefreshOptions(given)
  const options = { ...others, freshness }
  return eventsOf({ ...source, adopts }, options, storeOf(options), async (dataset, tools) => {
    const { store } = dataset
    const sinceRun = store.run
    const guard = guardOf(options, { dataset, sinceRun, ...tools })
    const seen = guard ? await guard.begin() : await look(tools.server, tools.call, tools.signal)
    const marking = new Marking(dataset, options, seen, tools)
    await marking.move(tools.head)
    await marking.mark(guard?.judge)
    const refresh = marking.report()
    tools.tell({ type: 'refreshing', refresh })
    const engine = engineOf(options, { dataset, guard, ...tools, more: () => marking.again() })
    const report = await engine.run(tools.signal)
    const freshness = guard?.report()
    await store.note({ type: 'known', known: await marking.known(freshness) })
    return { ...report, refresh: marking.report(), ...(freshness && { freshness }) }
  })
}
