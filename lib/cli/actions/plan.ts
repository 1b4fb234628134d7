import { ofRows, queryOf } from '../ask/query.ts'
import { refuseUnknown } from '../ask/unknown-items.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { ReportOptions } from '../options/dataset.ts'
import type { QuestionOptions } from '../options/question.ts'
import { progressOf } from '../terminal/progress.ts'

export type PlanOptions = ConnectionOptions & QuestionOptions & ReportOptions

/** `dhis2-analytics plan`. */
export async function plan(options: PlanOptions, { signal }: Context): Promise<void> {
  const query = ofRows(queryOf(options))
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  const progress = progressOf(options.quiet)
  try {
    await refuseUnknown(connected.client, options, signal)
    const pull = await connected.client.analytics.plan(query, { signal })
    progress.stop()
    process.stdout.write(options.json ? `${JSON.stringify(pull)}\n` : pull.describe())
  } finally {
    progress.stop()
  }
}
