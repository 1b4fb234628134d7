import { channel } from 'node:diagnostics_channel'
import type { RequestSummary } from '../errors.ts'

/** What is told before a request is tried again. */
export interface RetryNotice {
  /** Which attempt failed, from 1. */
  readonly attempt: number
  /** How long is waited before the next one, in milliseconds. */
  readonly delayMs: number
  /** What it failed with. */
  readonly error: Error
  readonly request: RequestSummary
}

/** A function of the user's that is told of it, and waited for. */
export type OnRetry = (notice: RetryNotice) => unknown

const name = 'dhis2-analytics-stream:request'
const channels = {
  start: channel(`${name}:start`),
  response: channel(`${name}:response`),
  retry: channel(`${name}:retry`),
  end: channel(`${name}:end`),
}

/** What each channel of `node:diagnostics_channel` is told. None of it holds a credential. */
export interface Messages {
  /** A request is sent; once more for each attempt. */
  start: { readonly request: RequestSummary }
  /** Its response has begun. */
  response: { readonly request: RequestSummary; readonly status: number }
  retry: RetryNotice
  /** The call is over: its body has ended, was left (`error` undefined, `complete` false), or the call failed. */
  end: {
    readonly request: RequestSummary
    readonly receivedBytes: number
    readonly complete: boolean
    readonly error: Error | undefined
  }
}

export function tell<Name extends keyof Messages>(what: Name, message: Messages[Name]): void {
  if (channels[what].hasSubscribers) channels[what].publish(message)
}
