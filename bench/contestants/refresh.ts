/** refresh: a dataset that is pulled, and one that is refreshed behind some edits; in a folder of CSV files. */
import { csvFiles, Dhis2Client, type PullReport, personalAccessToken } from 'dhis2-analytics-stream'
import { contest, type Task } from './contest.ts'

await contest({
  async 'a full pull'(task) {
    const pull = await planned(task)
    return async () => told(await reportOf(pull.run({ into: csvFiles(task.destination) })))
  },

  async 'a refresh'(task) {
    const pull = await planned(task)
    const into = csvFiles(task.destination)
    const hours = { probeEveryDays: Number.POSITIVE_INFINITY, fullEveryDays: Number.POSITIVE_INFINITY }
    return async () => {
      const report = await reportOf(pull.refresh({ into, periods: 0, ...hours }))
      const pieces = await pull.asOf({ into })
      const { pe, ou } = task.changed!
      const edited = new Set(ou)
      const changed = pieces.filter(
        ({ covers = {} }) => covers['pe']!.includes(pe) && covers['ou']!.some((id) => edited.has(id)),
      )
      return { ...told(report), changedPieces: changed.length, pulledPieces: report.refresh!.pieceCount }
    }
  },
})

function planned({ origin, token, question }: Task) {
  const client = new Dhis2Client({ baseUrl: origin, auth: personalAccessToken(token!) })
  return client.analytics.plan(question!)
}

async function reportOf(events: ReturnType<Awaited<ReturnType<typeof planned>>['run']>): Promise<PullReport> {
  let report: PullReport | undefined
  for await (const event of events) if (event.type === 'finished') report = event.report
  return report!
}

function told({ rowCount, requestCount, pieceCount }: PullReport) {
  return { rows: rowCount, requests: requestCount, pieces: pieceCount }
}
