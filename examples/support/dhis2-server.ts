import { type StandIn, type StandInOptions, startDhis2 as start } from 'dhis2-analytics-stream/testing'

export * from 'dhis2-analytics-stream/testing'

/** The stand-in with a thousand made-up rows, whatever it is asked: enough to pour through a pipeline. */
export function startDhis2(options: StandInOptions = {}): Promise<StandIn> {
  return start({ rows: 1000, ...options })
}
