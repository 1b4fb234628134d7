import { subscribe } from 'node:diagnostics_channel'
import { performance } from 'node:perf_hooks'
import type { DiagnosticMessages } from '../../index.ts'
import { oneLine } from '../terminal/one-line.ts'

const channel = 'dhis2-analytics-stream:request'

/** Tells of each request, its answer, its retries and how long they took, on standard error. No credential is in any of it. */
export function tellRequests(): void {
  const startedAt = performance.now()
  const beganAt = new WeakMap<object, number>()
  const tell = (text: string) => {
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(3)} s  ${oneLine(text)}\n`)
  }
  const since = (request: object) =>
    `${Math.round(performance.now() - (beganAt.get(request) ?? startedAt))} ms`
  listen('start', ({ request }) => {
    beganAt.set(request, performance.now())
    tell(`${request.method} ${request.url}`)
  })
  listen('response', ({ request, status }) => tell(`${status} after ${since(request)}: ${request.url}`))
  // The error names the request.
  listen('retry', ({ attempt, delayMs, error }) =>
    tell(`attempt ${attempt} failed, the next one in ${Math.round(delayMs)} ms: ${error.message}`),
  )
  listen('end', ({ request, receivedBytes, complete, error }) => {
    const how = complete ? 'complete' : (error?.name ?? 'left')
    tell(`${how} after ${since(request)}, ${receivedBytes} bytes: ${request.url}`)
  })
}

function listen<Name extends keyof DiagnosticMessages>(
  name: Name,
  heard: (message: DiagnosticMessages[Name]) => void,
): void {
  subscribe(`${channel}:${name}`, (message) => heard(message as DiagnosticMessages[Name]))
}
