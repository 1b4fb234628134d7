import { type Command, InvalidArgumentError, Option } from 'commander'
import type { FreshnessPolicy } from '../../index.ts'
import { type CommonOptions, count } from './command.ts'

/** What the files of a dataset may be. */
export const fileFormats = ['parquet', 'csv', 'ndjson'] as const
export type FileFormat = (typeof fileFormats)[number]

export interface ReportOptions extends CommonOptions {
  readonly json?: true
}

/** What a command that pulls a dataset takes. */
export interface TakeOptions extends ReportOptions {
  readonly freshness?: FreshnessPolicy
}

export const nameHelp = 'what it is called: NAME.dataset.json, in the folder you are in, tells what it is'

/** The commands of a dataset that is there take its name. */
export function takesName(command: Command): Command {
  return command.argument('<name>', nameHelp)
}

export function takesJson(command: Command, what: string): Command {
  return command.addOption(new Option('--json', what).helpGroup('How it tells:'))
}

export function takesFreshness(command: Command): Command {
  return command.addOption(
    new Option(
      '--freshness <what>',
      'of analytics tables that are made anew meanwhile: mixed, the default, tells it, strict pulls again or fails, off does not look',
    )
      .choices(['strict', 'mixed', 'off'] satisfies FreshnessPolicy[])
      .helpGroup('What to pull:'),
  )
}

export function takesAdopt(command: Command, what: string): Command {
  return command.addOption(new Option('--adopt', what).helpGroup('What to pull:'))
}

/** @throws InvalidArgumentError for what is no number of days. */
export function days(text: string): number {
  if (text === 'never') return Number.POSITIVE_INFINITY
  try {
    return count(text)
  } catch {
    throw new InvalidArgumentError("It must be a whole number of days, or 'never'.")
  }
}
