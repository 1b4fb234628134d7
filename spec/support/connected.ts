import type { TestContext } from 'node:test'
import {
  demoToken,
  type StandIn,
  type StandInOptions,
  startDhis2,
} from '../../examples/support/dhis2-server.ts'
import { type AnalyticsQuery, type ClientOptions, Dhis2Client, personalAccessToken } from '../../lib/index.ts'
import { eventually } from './leaks.ts'

/** A question that the stand-in answers. */
export const question: AnalyticsQuery = { dx: 'fbfJHSPpUQD', pe: 'LAST_12_MONTHS', ou: 'LEVEL-3' }

/** Three attempts without a wait between them. */
export const atOnce = { baseDelayMs: 0 } as const

/** A stand-in server and a client of it, for as long as the test. */
export async function connected(
  t: TestContext,
  options: StandInOptions = {},
  clientOptions: Partial<ClientOptions> = {},
): Promise<{ server: StandIn; client: Dhis2Client }> {
  const server = await startDhis2(options)
  const client = new Dhis2Client({
    baseUrl: server.url,
    auth: personalAccessToken(demoToken),
    retry: atOnce,
    ...clientOptions,
  })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  return { server, client }
}

/**
 * Waits until no request is left unanswered: the client has hung up on those that it no longer wants.
 *
 * Connections are not counted here, because undici opens a spare one for one that it had to cut.
 */
export async function hangUp(server: StandIn): Promise<void> {
  await eventually(() => server.requests.every(({ aborted }) => aborted), 'the client hangs up')
}
