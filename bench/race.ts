import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Result, Task } from './contestants/contest.ts'
import { compiled, type Workshop } from './workshop.ts'

const run = promisify(execFile)

/** A contestant that is no process of ours: the command prints the same line of JSON. */
export type Command = (task: Omit<Task, 'contestant'>) => readonly [string, ...string[]]

/** Several ways to do one job. */
export interface Race {
  /** The file in contestants/. */
  readonly job: string
  /** By name; a name without a command is one of that file's. */
  readonly contestants: Readonly<Record<string, Command | undefined>>
  readonly task: Omit<Task, 'contestant' | 'origin' | 'destination'> & { readonly origin?: string }
  readonly rounds: number
  /** Makes ready what a contestant meets, before each of its runs. */
  readonly prepare?: (name: string) => Promise<void>
  /** Looks at what a contestant left behind, after each of its runs. */
  readonly inspect?: (name: string, result: Result) => Promise<void>
}

/** The results of each contestant, in the order of the rounds. */
export type Results = ReadonlyMap<string, readonly Result[]>

/**
 * Runs the contestants in rounds, A B C, A B C, each in a process of its own, so that whatever else the machine is
 * doing meets them alike.
 *
 * @throws Error where a contestant fails, or where two write CSV of different lengths.
 */
export async function race(
  workshop: Workshop,
  { job, contestants, task, rounds, prepare, inspect }: Race,
): Promise<Results> {
  const results = new Map<string, Result[]>(Object.keys(contestants).map((name) => [name, []]))
  const { origin, destination, signal } = workshop
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(contestants)) {
      await prepare?.(name)
      const given = { origin, ...task, destination }
      const [file, ...args] = command?.(given) ?? [
        process.execPath,
        join(compiled, 'contestants', `${job}.js`),
        JSON.stringify({ ...given, contestant: name } satisfies Task),
      ]
      const result = await run(file, args, { signal }).then(
        ({ stdout }) => JSON.parse(stdout) as Result,
        (cause) => {
          throw new Error(`${job}: ${name} failed`, { cause })
        },
      )
      await inspect?.(name, result)
      results.get(name)!.push(result)
    }
  }
  sameFor(results, job, 'csvBytes')
  sameFor(results, job, 'digest')
  return results
}

/** Every contestant once, with what comes out compared: the price of admission, paid on a small grid. */
export async function compare(workshop: Workshop, entry: Race): Promise<void> {
  await race(workshop, { ...entry, task: { grid: entry.task.grid, digest: true }, rounds: 1 })
}

function sameFor(results: Results, job: string, what: 'csvBytes' | 'digest'): void {
  const found = new Map<unknown, string>()
  for (const [name, runs] of results)
    for (const result of runs) if (result[what] !== undefined) found.set(result[what], name)
  if (found.size > 1)
    throw new Error(`${job}: not the same ${what} from ${[...found.values()].join(' and ')}`)
}

/** The median over the rounds of what two contestants of one round have to do with each other. */
export function ratio(
  results: Results,
  one: string,
  other: string,
  what: 'seconds' | 'peakBytes' = 'seconds',
): number {
  const others = results.get(other)!
  return median(results.get(one)!.map((result, round) => result[what] / others[round]![what]))
}

export function medianOf(results: Results, name: string, what: 'seconds' | 'peakBytes'): number {
  return median(results.get(name)!.map((result) => result[what]))
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
