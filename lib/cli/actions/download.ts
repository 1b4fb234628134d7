import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { queryOf } from '../ask/query.ts'
import { refuseUnknown } from '../ask/unknown-items.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { usage } from '../ending/failure.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { DryRunOptions, QuestionOptions } from '../options/question.ts'
import { isAddress } from '../output/table-target.ts'
import { isFolder } from '../output/target.ts'
import { bytesText } from '../terminal/figures.ts'
import { type Counts, progressOf } from '../terminal/progress.ts'
import { nameOfAnswer } from './answer-name.ts'
import { dryRun } from './dry-run.ts'

/** What a terminal shows of nonsense. */
const binary = /\.(xlsx?|pdf)$/i

export interface DownloadOptions extends ConnectionOptions, QuestionOptions, DryRunOptions {
  readonly to?: string
}

/** `dhis2-analytics download`. */
export async function download(options: DownloadOptions, { signal }: Context): Promise<void> {
  const query = queryOf(options)
  const { to = '-', dryRun: isDry } = options
  const name = basename(query.endpoint ?? '')
  if (to === '-' && process.stdout.isTTY && binary.test(name)) {
    throw usage(`A terminal can't show ${name}`, `Give a file: --to ${name}`)
  }
  if (isAddress(to)) {
    throw usage('A download is a file', 'Give a file or a folder; for a database: dhis2-analytics pull')
  }
  if (isDry) return dryRun(query, options)
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  const { analytics } = connected.client
  const progress = progressOf(options.quiet)
  let counts: Counts = {}
  progress.counts(() => counts)
  try {
    await refuseUnknown(connected.client, options, signal)
    if (to === '-') return await pipeline(analytics.stream(query, { signal }), process.stdout)
    const suffix = /\.[\w+]+$/.exec(name)?.[0] ?? '.json'
    const path = isFolder(to) ? join(to, `${nameOfAnswer(query.endpoint ?? '')}${suffix}`) : to
    const onProgress = ({
      transferredBytes: bytes,
      totalBytes,
    }: {
      transferredBytes: number
      totalBytes?: number
    }) => {
      counts = { bytes, totalBytes }
    }
    const bytes = await analytics.streamTo(path, query, { signal, onProgress })
    progress.done(`${bytesText(bytes)} in ${path}`)
  } finally {
    progress.stop()
  }
}
