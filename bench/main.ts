/**
 * The benchmark: how fast a grid becomes rows, CSV, NDJSON, Arrow, an object, a table and a file, and what memory that takes, beside others who
 * do the same in the same run.
 *
 *     npm run bench                                    all jobs but load, country and refresh, some minutes
 *     npm run bench -- --quick                         the same, a look within a minute
 *     npm run bench -- load                            into databases, some minutes
 *     npm run bench -- country                         a whole country in pieces, many minutes
 *     npm run bench -- refresh                         a night behind some edits
 *     npm run bench -- --rows 2000000 --only parse,csv
 *
 * Every contestant runs in a process of its own, compiled and without a loader, and warms up before the clock is
 * started. They take turns, A B C, A B C, so that a busy machine is busy for all. Times are medians over the rounds.
 * Ratios are medians of the ratios within each round, and the only numbers to trust: the others are this machine's, in
 * this hour. Peak memory is that of the process, an idle Node included.
 *
 * jobs/ says what is compared with what and how to read it, contestants/ is what is measured, and server.ts serves the
 * grids. The tables are printed as they are done, and all of them are written to out/bench.md.
 */
import { writeFile } from 'node:fs/promises'
import { aggregate } from './jobs/aggregate.ts'
import { arrow } from './jobs/arrow.ts'
import { country } from './jobs/country.ts'
import { csv } from './jobs/csv.ts'
import { download } from './jobs/download.ts'
import type { Job } from './jobs/job.ts'
import { labels } from './jobs/labels.ts'
import { load } from './jobs/load.ts'
import { memory } from './jobs/memory.ts'
import { ndjson } from './jobs/ndjson.ts'
import { parse } from './jobs/parse.ts'
import { pull } from './jobs/pull.ts'
import { refresh } from './jobs/refresh.ts'
import { sessions } from './jobs/sessions.ts'
import { startUp } from './jobs/start-up.ts'
import { table } from './jobs/table.ts'
import { type JobName, type Options, optionsOf } from './options.ts'
import { circumstances, type Table, tableText, targetsText } from './report.ts'
import { openWorkshop } from './workshop.ts'

const jobs: Record<JobName, Job> = {
  parse,
  csv,
  labels,
  ndjson,
  arrow,
  aggregate,
  table,
  sessions,
  download,
  pull,
  memory,
  'start-up': startUp,
  load,
  country,
  refresh,
}

const stop = new AbortController()
// More than once, because one Ctrl-C may come from the terminal and again from npm.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort())

try {
  await run(optionsOf(process.argv.slice(2)))
} catch (error) {
  if (!stop.signal.aborted) console.error(error instanceof Error && !error.cause ? error.message : error)
  process.exitCode = stop.signal.aborted ? 130 : 1
}

async function run(options: Options): Promise<void> {
  await using workshop = await openWorkshop(stop.signal)
  const tables: Table[] = []
  const texts: string[] = []
  const print = (text: string) => {
    texts.push(text)
    console.log(text)
  }
  print(`${circumstances()}; medians of ${options.rounds} rounds\n`)
  for (const name of options.jobs) {
    for await (const table of jobs[name](workshop, options)) {
      tables.push(table)
      print(tableText(table))
    }
  }
  print(targetsText(tables))
  await writeFile(new URL('../out/bench.md', import.meta.url), texts.join('\n'))
}
