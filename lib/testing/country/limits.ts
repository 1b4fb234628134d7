/** What a server and the proxies in front of it do not bear. All of it may be changed while it runs. */
export interface Limits {
  /** Rows of one of its internal queries, of which each class of data has one; beyond that E7128. Default none. */
  maxRows: number
  /** How long an answer takes, by the country's clock; and in truth where its server is asked. Default 0. */
  msPer1000Rows: number
  /** Answers that take longer are E7131, after so many milliseconds. Default none. */
  timeoutMs: number
  /** Longer URLs are refused, counted with path and query; default none. The real server takes about 8,000 bytes. */
  maxUrlBytes: number
  /** With 400 and an HTML page as Tomcat does, 414 or 431 as proxies do; default 400. */
  longUrlStatus: 400 | 414 | 431
  /** Answers with more rows are lost to the patience of a proxy; default none. */
  gatewayRows: number
  gatewayStatus: 502 | 504
  /** How many requests are answered at once; the others get 503. Default all. */
  maxRequests: number
  /** Seconds, beside a 503; default none. */
  retryAfter: number | undefined
  /**
   * Data items by their ids that break the query of a piece: `fails` with E7145; `vanishes` from an answer with others in it,
   * without a word, and fails alone.
   */
  bad: Record<string, 'fails' | 'vanishes'>
}

export function limitsOf(own: Partial<Limits>): Limits {
  const none = Number.POSITIVE_INFINITY
  return {
    maxRows: none,
    msPer1000Rows: 0,
    timeoutMs: none,
    maxUrlBytes: none,
    longUrlStatus: 400,
    gatewayRows: none,
    gatewayStatus: 504,
    maxRequests: none,
    retryAfter: undefined,
    bad: {},
    ...own,
  }
}
