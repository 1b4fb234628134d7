import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import type { Plan } from '../piece.ts'
import type { OpenStore } from '../store.ts'
import { askServer } from './ask.ts'
import { Engine } from './engine.ts'
import { fullPace } from './pace.ts'

/**
 * Runs a plan whose pieces are kept nowhere: what becomes of them is for `write` to say.
 *
 * @throws what the first piece that can't be had fails with; the reason of `signal`.
 */
export async function runInMemory(
  server: Server,
  plan: Plan,
  { signal, timeouts, headers }: CallOptions & { readonly signal: AbortSignal },
  mostRows: number,
  write: OpenStore['write'],
): Promise<void> {
  const question = { server: '', asked: [] }
  const engine = new Engine({
    plan,
    store: {
      head: { format: 1, question, plan },
      run: 1,
      readsMetaData: true,
      events: [],
      write,
      note: async () => undefined,
      drop: async () => undefined,
      finish: async () => undefined,
      close: async () => undefined,
    },
    ask: askServer(server, { timeouts, headers }, true),
    gate: server.gate,
    places: { start: 1, max: 4 },
    pace: fullPace(),
    tell: () => undefined,
    mostRows,
    isStrict: true,
  })
  await engine.run(signal)
}
