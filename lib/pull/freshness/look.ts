import { Dhis2ClientError } from '../../errors.ts'
import type { ResponseInfo } from '../../http/body-stream.ts'
import { jsonArray } from '../../http/content.ts'
import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import { startingOver } from '../../http/start-over.ts'
import { wholeBody } from '../../http/whole-body.ts'
import { pinOf, type Sighting } from './pin.ts'

const mostBytes = 4 * 1024 * 1024

/** What a server or a user that does not tell which jobs run answers with. */
const untold: readonly string[] = ['ERR_DHIS2_API', 'ERR_AUTHENTICATION', 'ERR_UNEXPECTED_CONTENT']

/** Kinds of jobs that change analytics tables: `ANALYTICS_TABLE`, `CONTINUOUS_ANALYTICS_TABLE`, …. */
const analyticsJob = /ANALYTICS/

/**
 * Looks at what a server says of its analytics: whether a job runs now, and then the pin. In this order, so that a job that
 * ends in between has been seen running.
 *
 * @throws NeverRanError where its analytics never ran, and every error of the family.
 */
export async function look(server: Server, call: CallOptions, signal: AbortSignal): Promise<Sighting> {
  const running = await runningTypes(server, call, signal)
  const info = await said(server, '/api/system/info', { ...call, signal })
  const told = pinOf(info.body, info.date)
  const { at } = told
  if (running === undefined) return { ...told, askedAt: at }
  const askedAt = running.date === undefined ? at : new Date(running.date).toISOString()
  return { ...told, askedAt: askedAt < at ? askedAt : at, isRunning: running.isRunning }
}

async function runningTypes(server: Server, call: CallOptions, signal: AbortSignal) {
  try {
    const { body, date } = await said(server, '/api/scheduling/running/types', { ...call, signal }, jsonArray)
    if (!Array.isArray(body)) return undefined
    return { isRunning: body.some((type) => analyticsJob.test(String(type))), date }
  } catch (error) {
    if (error instanceof Dhis2ClientError && untold.includes(error.code)) return undefined
    throw error
  }
}

function said(
  server: Server,
  endpoint: string,
  call: CallOptions & { signal: AbortSignal },
  format?: string,
) {
  const prepared = server.prepare(endpoint, '', call, format)
  return startingOver(server, prepared, call.signal, async () => {
    const answer = server.body(prepared, call)
    let date: string | undefined
    answer.once('response', ({ headers }: ResponseInfo) => {
      date = headers['date']?.toString()
    })
    const body = await wholeBody(answer, mostBytes, `This is no answer of ${endpoint}`)
    return { body, date }
  })
}
