/**
 * Runs something until any of these signals is aborted, and leaves nothing behind on them: to each that lives long
 * `AbortSignal.any` hangs a dependant that stays.
 */
export async function untilAny<T>(
  signals: readonly AbortSignal[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const end = () => ending.abort(signals.find(({ aborted }) => aborted)?.reason)
  for (const signal of signals) signal.addEventListener('abort', end)
  if (signals.some(({ aborted }) => aborted)) end()
  try {
    return await run(ending.signal)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end)
  }
}
