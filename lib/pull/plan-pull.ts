import { Asker } from '../asking/asker.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import type { Target } from '../query/query.ts'
import { freeze } from './freeze.ts'
import { PiecePlan } from './plan.ts'
import type { PieceSize } from './plan-sizes.ts'
import { Pull } from './pull.ts'

/**
 * Finds out what a question means today, and cuts it into pieces. Nothing of its data is asked for yet.
 *
 * @throws QueryError for what must not be cut; whatever a call throws.
 */
export async function planPull(
  server: Server,
  target: Target,
  call: CallOptions,
  size: Partial<PieceSize>,
): Promise<Pull> {
  const { signal = new AbortController().signal } = call
  signal.throwIfAborted()
  const question = await freeze(new Asker(server, call, signal), target)
  return new Pull(new PiecePlan(question, size), { server, call, target })
}
