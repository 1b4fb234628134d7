import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { PullEvent, PullReport } from '../../../lib/pull/events.ts'
import { csvFiles } from '../../../lib/pull/files/csv-files.ts'
import type { FreshnessOptions } from '../../../lib/pull/freshness/freshness-options.ts'
import { refreshPull } from '../../../lib/pull/refresh/refresh.ts'
import type { PullRefreshOptions } from '../../../lib/pull/refresh/refresh-options.ts'
import { runPull } from '../../../lib/pull/run/run.ts'
import { type Country, type CountryOptions, countryOf } from '../../../lib/testing/country/index.ts'
import { type StandIn, startDhis2 } from '../../../lib/testing/index.ts'
import { emptyDirectory } from '../../support/run-script.ts'
import { linesIn, quick, type ToyQuestion, toyAt } from '../toy.ts'

export const months = (year: number) =>
  Array.from({ length: 12 }, (_, month) => `${year}${String(month + 1).padStart(2, '0')}`)

/** Nobody waits, and looks before each piece. */
export const watchful: FreshnessOptions = { policy: 'mixed', everyMs: 0, whileRunningMs: 1 }

export interface ToyCountry {
  readonly country: Country
  readonly server: StandIn
  readonly question: ToyQuestion
  /** Its folder. */
  readonly into: string
  run(options?: Partial<PullRefreshOptions>, onEvent?: (event: PullEvent) => void): Promise<PullReport>
  refresh(options?: Partial<PullRefreshOptions>, onEvent?: (event: PullEvent) => void): Promise<PullReport>
  /** Asks for something else from now on. */
  ask(question: ToyQuestion): void
  /** What is there, line by line, in order. */
  lines(): Promise<string[]>
  /** What the tables have now, asked item by item. */
  truth(): string[]
}

/** A country, its server, and a dataset of it in a folder: pieces of an item and a month of one year. */
export async function toyCountry(t: TestContext, options: CountryOptions = {}): Promise<ToyCountry> {
  const country = countryOf({
    orgUnits: 14,
    levels: 3,
    filled: 0.7,
    now: '2025-10-15T08:30:00.000',
    ...options,
  })
  const server = await startDhis2({ country })
  const into = join(await emptyDirectory(t), 'data')
  let question: ToyQuestion = {
    dx: [
      ...country.dataElements.slice(0, 4).map(({ id }) => id),
      ...country.indicators.slice(0, 10).map(({ id }) => id),
    ],
    pe: months(2025),
    ou: country.orgUnits.map(({ id }) => id),
  }
  const toy = toyAt(server, question)
  t.after(async () => {
    await toy[Symbol.asyncDispose]()
    await server.close()
  })
  // The question stays what it was; what it means is another matter.
  const source = () => ({
    ...toy.source,
    head: { ...toy.source.head, plan: { question } },
  })

  async function through(events: AsyncIterable<PullEvent>, onEvent?: (event: PullEvent) => void) {
    let report: PullReport | undefined
    for await (const event of events) {
      if (event.type === 'waiting') country.advance(event.ms + 2000)
      if (event.type === 'finished') report = event.report
      onEvent?.(event)
    }
    assert.ok(report)
    return report
  }

  const common = { into: csvFiles(into), pace: quick, freshness: watchful }
  return {
    country,
    server,
    into,
    get question() {
      return question
    },
    run: ({ periods: _, probeEveryDays: __, fullEveryDays: ___, ...options } = {}, onEvent) =>
      through(runPull(source(), { ...common, ...options }), onEvent),
    refresh: (options, onEvent) => through(refreshPull(source(), { ...common, ...options }), onEvent),
    ask: (other) => {
      question = other
    },
    lines: () => linesIn(into),
    truth() {
      const lines: string[] = []
      for (const item of question.dx) {
        const answer = country.analytics([
          ['dimension', `dx:${item}`],
          ['dimension', `pe:${question.pe.join(';')}`],
          ['dimension', `ou:${question.ou.join(';')}`],
        ])
        assert.ok('rows' in answer, JSON.stringify(answer))
        for (const row of answer.rows) lines.push(row.join())
      }
      return lines.sort()
    },
  }
}
