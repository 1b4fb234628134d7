import { json } from 'node:stream/consumers'
import type { Dhis2Client } from '../../index.ts'
import { Failure } from '../ending/failure.ts'

/**
 * What an endpoint beside analytics says.
 *
 * @throws what the client does; Failure where it is no JSON.
 */
export async function askedOf<T>(
  client: Dhis2Client,
  endpoint: string,
  params: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<T> {
  const body = client.analytics.stream({ endpoint, params }, { signal })
  try {
    return (await json(body)) as T
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new Failure('data', `What ${endpoint} says is no JSON`, 'Check the address of the server.', cause)
  }
}
