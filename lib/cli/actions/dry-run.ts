import type { AnalyticsQuery } from '../../index.ts'
import { connectToNobody } from '../connect/client.ts'
import type { ConnectionOptions } from '../options/connection.ts'

/** The request that would be sent, and the length of its URL in bytes, of which servers take some 8,000. Sends nothing. */
export async function dryRun(query: AnalyticsQuery, options: ConnectionOptions): Promise<void> {
  await using connected = await connectToNobody(options)
  // That it would be one page of a list is of no interest here.
  process.removeAllListeners('warning')
  process.on('warning', () => undefined)
  const { method, url } = connected.client.analytics.stream(query).request
  process.stdout.write(`${method} ${url}\n${Buffer.byteLength(url)} bytes\n`)
}
