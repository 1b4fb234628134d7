/** What a server or a proxy can do to one response. Everything that is given happens, in this order. */
export interface Misbehaviour {
  /** Waits before anything is sent, in milliseconds. */
  delayMs?: number
  /** Closes the connection without a word. */
  destroyBeforeHeaders?: boolean
  /** 302 to there. */
  redirect?: string
  /** Answers so instead; without a `body`, DHIS2's JSON for that status. */
  status?: number
  headers?: Readonly<Record<string, string>>
  /** Sent verbatim instead of the data, with status 200 unless `status` says otherwise. */
  body?: string | Uint8Array
  /** Of `body`; default HTML for a body that begins with `<` under a `status`, else what the endpoint sends. */
  contentType?: string
  /** Sends no faster, in bytes per second. */
  bytesPerSecond?: number
  /** Closes the connection after so many bytes of the body, under its full Content-Length. */
  truncateAfter?: number
  /** The same with chunked encoding: nothing says how long the body should have been. */
  truncateChunked?: number
  /** Falls silent after so many bytes of the body, until somebody hangs up. */
  stallAfter?: number
}

/** A misbehaviour and the requests it befalls. */
export interface Step<Request> extends Misbehaviour {
  /** Default every request. */
  when?: (request: Request) => boolean
  /** For how many requests; default 1. `Infinity` for all to come. */
  times?: number
}

/** Steps that wait for their requests. */
export interface Script<Request> {
  add(...steps: readonly Step<Request>[]): void
  /** The first step that is meant for this request and not used up. */
  take(request: Request): Misbehaviour | undefined
}

/** An empty script: every request is answered well. */
export function scriptOf<Request>(): Script<Request> {
  const waiting: { step: Step<Request>; left: number }[] = []
  return {
    add(...steps) {
      for (const step of steps) waiting.push({ step, left: step.times ?? 1 })
    },
    take(request) {
      const at = waiting.findIndex(({ step }) => step.when?.(request) ?? true)
      const next = waiting[at]
      if (next === undefined) return undefined
      if (--next.left <= 0) waiting.splice(at, 1)
      return next.step
    },
  }
}
