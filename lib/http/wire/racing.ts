import dns from 'node:dns'
import { isIP, type Socket } from 'node:net'
import { type buildConnector, errors } from 'undici'

/** How long an address is waited for before the next one is tried beside it, as RFC 8305 has it. */
const headStartMs = 250

/**
 * Connects to the first address of a name that answers, and has `timeoutMs` for all of it; 0 is no limit.
 *
 * Node gives an address a quarter of a second and then drops it for the next: a server that is further away than that
 * could only be reached at the last of its addresses. So here they go on beside each other.
 *
 * @param connect makes the connections, without a limit of its own.
 */
export function racing(connect: buildConnector.connector, timeoutMs: number): buildConnector.connector {
  return (target, callback) => {
    const race = new Race(connect, target, callback, timeoutMs)
    if (isIP(target.hostname)) return race.run([target.hostname])
    const hints = process.platform === 'win32' ? 0 : dns.ADDRCONFIG
    dns.lookup(target.hostname, { all: true, hints }, (error, found) => {
      if (error) race.end(error)
      else race.run(byTurns(found))
    })
  }
}

/** The families by turns, beginning with that of the first. */
function byTurns(found: readonly dns.LookupAddress[]): string[] {
  const isFirst = ({ family }: dns.LookupAddress) => family === found[0]?.family
  const first = found.filter(isFirst)
  const others = found.filter((address) => !isFirst(address))
  return found
    .flatMap((_, i) => [...first.slice(i, i + 1), ...others.slice(i, i + 1)])
    .map(({ address }) => address)
}

class Race {
  readonly #connect: buildConnector.connector
  readonly #target: buildConnector.Options
  readonly #callback: buildConnector.Callback
  readonly #limit: NodeJS.Timeout | undefined
  #headStart: NodeJS.Timeout | undefined
  /** Those not tried yet. */
  #addresses: string[] = []
  /** Those under way. */
  readonly #sockets = new Set<Socket>()
  readonly #errors: Error[] = []
  #winner: Socket | undefined
  #isOver = false

  constructor(
    connect: buildConnector.connector,
    target: buildConnector.Options,
    callback: buildConnector.Callback,
    timeoutMs: number,
  ) {
    this.#connect = connect
    this.#target = target
    this.#callback = callback
    if (timeoutMs === 0) return
    this.#limit = setTimeout(() => {
      this.end(new errors.ConnectTimeoutError(`No connection to ${target.hostname} within ${timeoutMs} ms`))
    }, timeoutMs)
  }

  run(addresses: string[]): void {
    this.#addresses = addresses
    this.#next()
  }

  end(error: Error | null, socket: Socket | null = null): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#limit)
    this.#leaveOnly(socket)
    if (error) this.#callback(error, null)
    else this.#callback(null, socket!)
  }

  #next(): void {
    clearTimeout(this.#headStart)
    const hostname = this.#addresses.shift()
    if (this.#isOver || hostname === undefined) return
    this.#headStart = setTimeout(() => this.#next(), headStartMs)
    // That it returns the socket is left out of its types.
    const socket = this.#connect({ ...this.#target, hostname }, (...[error]) => {
      this.#sockets.delete(socket)
      if (!error || socket === this.#winner) this.end(error, socket)
      else if (!this.#winner) this.#lost(error)
    }) as unknown as Socket
    this.#sockets.add(socket)
    // Of what TLS says then no other address has better to say.
    socket.once('connect', () => {
      this.#winner = socket
      this.#leaveOnly(socket)
    })
  }

  #lost(error: Error): void {
    this.#errors.push(error)
    if (this.#addresses.length) this.#next()
    else if (this.#sockets.size === 0) {
      this.end(this.#errors.length === 1 ? this.#errors[0]! : new AggregateError(this.#errors))
    }
  }

  #leaveOnly(socket: Socket | null): void {
    clearTimeout(this.#headStart)
    for (const each of this.#sockets) if (each !== socket) each.destroy()
  }
}
