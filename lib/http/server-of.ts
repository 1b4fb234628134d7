import { QueryError } from '../errors.ts'
import type { Server } from './server.ts'

/** Registered, so that a client of another copy of the package in the same process is known too. */
const key = Symbol.for('dhis2-analytics-stream.server')

/** Lets what is no method of a client ask on its behalf; nothing of it shows. */
export function keepServer(client: object, server: Server): void {
  Object.defineProperty(client, key, { value: server })
}

/** @throws QueryError for what is no client. */
export function serverOf(who: string, client: unknown): Server {
  const server = (client as Record<symbol, Server> | null | undefined)?.[key]
  if (server) return server
  throw new QueryError(`${who}: the first argument must be a Dhis2Client`)
}
