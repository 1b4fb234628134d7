import { pipeline } from 'node:stream/promises'
import type { AnalyticsQuery, Dhis2Client } from '../../index.ts'
import { ofRows, queryOf } from '../ask/query.ts'
import { refuseUnknown } from '../ask/unknown-items.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { usage } from '../ending/failure.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { OutputOptions } from '../options/output.ts'
import type { DryRunOptions, QuestionOptions } from '../options/question.ts'
import { type Target, targetOf } from '../output/target.ts'
import { write } from '../output/write.ts'
import { preview } from '../terminal/preview.ts'
import { type Progress, progressOf } from '../terminal/progress.ts'
import { typedAgain } from '../terminal/typed-again.ts'
import { nameOfAnswer } from './answer-name.ts'
import { showChart } from './chart.ts'
import { dryRun } from './dry-run.ts'

export interface PullOptions extends ConnectionOptions, QuestionOptions, DryRunOptions, OutputOptions {
  readonly chart?: true
}

/** `dhis2-analytics pull`. */
export async function pull(options: PullOptions, { signal }: Context): Promise<void> {
  const asked = queryOf(options)
  const query = options.format === 'raw' ? asked : ofRows(asked)
  const target = targetOf(options, process.stdout.isTTY, nameOfAnswer(query.endpoint ?? ''))
  if (options.chart && (options.to ?? options.format)) {
    throw usage(
      '--chart draws on standard output, and has no format',
      'Leave --to and --format out, or --chart.',
    )
  }
  if (options.dryRun) return dryRun(query, options)
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  const { client } = connected
  const progress = progressOf(options.quiet)
  try {
    await refuseUnknown(client, options, signal)
    if (options.chart) return await showChart(client, query, progress, signal)
    await take(client, query, target, options, progress, signal)
  } finally {
    progress.stop()
  }
}

async function take(
  client: Dhis2Client,
  query: AnalyticsQuery,
  target: Target,
  options: PullOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (target.kind === 'preview') {
    const rows = client.analytics.rows(query, { signal })
    progress.counts(() => ({ rows: rows.rowCount }))
    return preview(rows, options, typedAgain(), () => progress.stop())
  }
  if (target.kind === 'table' || target.format !== 'raw') {
    const isGrowing = /\/query\//.test(query.endpoint ?? '')
    const rows = { read: () => client.analytics.rows(query, { signal }), isGrowing }
    return write(rows, target, options, progress, signal)
  }
  if (target.kind === 'stdout') return pipeline(client.analytics.stream(query, { signal }), process.stdout)
  await client.analytics.streamTo(target.path, query, { signal })
}
