/** What we use of a Pool of pg. */
interface Pool<T> {
  connect(): Promise<T>
  readonly ending?: boolean
}

/** How often a pool is looked at whose connections are all in use, in milliseconds. */
const everyMs = 250

/**
 * A connection of a pool. One that is ended answers none of those that wait for a connection, ever; one that comes all the
 * same is given back.
 *
 * @throws Error where it is ended; else what the pool fails with.
 */
export async function pooled<T extends { release(): void }>(pool: Pool<T>): Promise<T> {
  const connecting = pool.connect()
  let timer: NodeJS.Timeout | undefined
  const ended = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (pool.ending) reject(new Error('No connection comes any more'))
    }, everyMs)
  })
  try {
    return await Promise.race([connecting, ended])
  } catch (cause) {
    if (!pool.ending) throw cause
    connecting.then(
      (late) => late.release(),
      () => undefined,
    )
    throw new Error('The Pool was ended with pool.end() while it was needed; await what uses it first', {
      cause,
    })
  } finally {
    clearInterval(timer)
  }
}
