import { type Command, Option } from 'commander'
import type { CommonOptions } from './command.ts'

/** What the files of a dataset may be. */
export const fileFormats = ['parquet', 'csv', 'ndjson'] as const
export type FileFormat = (typeof fileFormats)[number]

export interface ReportOptions extends CommonOptions {
  readonly json?: true
}

export const nameHelp = 'what it is called: NAME.dataset.json, in the folder you are in, tells what it is'

/** The commands of a dataset that is there take its name. */
export function takesName(command: Command): Command {
  return command.argument('<name>', nameHelp)
}

export function takesJson(command: Command, what: string): Command {
  return command.addOption(new Option('--json', what).helpGroup('How it tells:'))
}
