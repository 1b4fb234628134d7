import type { AnalyticsQuery, Dhis2Client } from '../../index.ts'
import { barsOf, drawChart } from '../terminal/chart.ts'
import type { Progress } from '../terminal/progress.ts'
import { screen } from '../terminal/screen.ts'

/** The answer as a chart on standard output. */
export async function showChart(
  client: Dhis2Client,
  query: AnalyticsQuery,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { headers, rows, metaData } = await client.analytics.aggregate(query, { signal })
  const bars = barsOf({
    headers,
    rows: rows as readonly (readonly unknown[])[],
    periods: metaData.dimensions?.['pe'] ?? [],
    nameOf: (period) => metaData.items?.[period]?.name ?? period,
  })
  progress.stop()
  process.stdout.write(
    drawChart(bars, screen().columns)
      .map((line) => `${line}\n`)
      .join(''),
  )
}
