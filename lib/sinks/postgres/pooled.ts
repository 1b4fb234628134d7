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
export function pooled<T extends { release(): void }>(pool: Pool<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const connecting = pool.connect()
    let isGivenUp = false
    const fail = (cause?: unknown) => {
      clearInterval(timer)
      const message = 'The Pool was ended with pool.end() while it was needed; await what uses it first'
      reject(pool.ending ? new Error(message, { cause }) : cause)
    }
    const timer = setInterval(() => {
      if (!pool.ending) return
      isGivenUp = true
      fail()
    }, everyMs)
    connecting.then((client) => {
      clearInterval(timer)
      if (isGivenUp) client.release()
      else resolve(client)
    }, fail)
  })
}
