import { parseArgs } from 'node:util'

/** What is run unless jobs are named, in this order. */
const usualJobs = [
  'parse',
  'csv',
  'labels',
  'ndjson',
  'arrow',
  'aggregate',
  'table',
  'sessions',
  'download',
  'pull',
  'memory',
  'start-up',
] as const
/** The last are for when they are asked for: they start databases, and take minutes by themselves. */
export const jobNames = [...usualJobs, 'load', 'country', 'refresh'] as const
export type JobName = (typeof jobNames)[number]

/** How much is run. */
export interface Options {
  /** Rows of the narrow grid; the wide one has as many bytes. */
  readonly rows: number
  readonly rounds: number
  readonly jobs: readonly JobName[]
  /** Bytes of metaData for the parse job. */
  readonly metaDataBytes: number
  /** How long a contestant warms up: V8 goes on compiling for about a second. */
  readonly warmUpMs: number
  /** Calls in a row for a grid of 100 rows. */
  readonly calls: number
  /** Calls in a row by password, each of which may be a login. */
  readonly smallCalls: number
  /** Bytes of JSON for the memory job: the smaller and the larger grid. */
  readonly memoryBytes: readonly [number, number]
  /** Rows of the narrow grid for the load job. */
  readonly loadRows: number
  /** Rows for the memory of its Parquet: the smaller and the larger grid. */
  readonly parquetRows: readonly [number, number]
  /** How many data elements workers share. */
  readonly sharedElements: number
  /** Rows that a country is pulled in: to see what pieces cost, and the smaller and the larger of those that last. */
  readonly countryRows: readonly [number, number, number]
}

const usage = `npm run bench -- [JOB …] [--rows N] [--rounds N] [--quick] [--only JOB,JOB]

  JOB       ${jobNames.join(', ')};
            default all but load, country and refresh
  --rows    rows of the narrow grid, 1000 to 10000000 (V8 has no longer strings for those that read the whole file);
            default 1000000, 46 MB, and 600000 for load
  --rounds  how often every contestant runs; default 5
  --quick   small grids and one round: a look, within a minute, and no measurement
  --only    these jobs`

/** @throws Error with the usage, where the arguments can't be read. */
export function optionsOf(args: string[]): Options {
  const { values, positionals } = parse(args)
  const { quick } = values
  const named = [...positionals, ...(values.only?.split(',') ?? [])] as JobName[]
  const jobs = named.length > 0 ? named : usualJobs
  if (!jobs.every((name) => jobNames.includes(name))) throw new Error(usage)
  return {
    rows: numberOf(values.rows ?? (quick ? '150000' : '1000000'), 1000, 10_000_000),
    rounds: numberOf(values.rounds ?? (quick ? '1' : '5'), 1, 100),
    jobs,
    metaDataBytes: quick ? 10e6 : 30e6,
    warmUpMs: quick ? 100 : 1000,
    calls: quick ? 1000 : 3000,
    smallCalls: quick ? 50 : 200,
    memoryBytes: quick ? [30e6, 300e6] : [100e6, 1e9],
    loadRows: numberOf(values.rows ?? (quick ? '60000' : '600000'), 1000, 10_000_000),
    sharedElements: quick ? 400 : 1400,
    countryRows: quick ? [500_000, 500_000, 2_000_000] : [5_000_000, 5_000_000, 50_000_000],
    parquetRows: quick ? [100_000, 1_000_000] : [1_000_000, 10_000_000],
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        rows: { type: 'string' },
        rounds: { type: 'string' },
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n\n${usage}`)
  }
}

function numberOf(text: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(usage)
}
