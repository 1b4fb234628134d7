import { type Command, Option } from 'commander'
import { repeated, several } from './command.ts'

/** What is asked of the server. */
export interface QuestionOptions {
  readonly endpoint?: string | undefined
  readonly dx?: readonly string[] | undefined
  readonly pe?: readonly string[] | undefined
  readonly ou?: readonly string[] | undefined
  readonly dimension?: readonly string[] | undefined
  readonly filter?: readonly string[] | undefined
  readonly param?: readonly string[] | undefined
}

const group = 'What to ask:'

export function takesQuestion(command: Command, endpoint: string): Command {
  for (const option of [
    new Option('--endpoint <path>', endpoint),
    new Option('--dx <ids>', 'data elements, indicators, …; repeat it, or separate by commas').argParser(
      several,
    ),
    new Option('--pe <periods>', '202401, 2024Q1, LAST_12_MONTHS, …').argParser(several),
    new Option('--ou <ids>', 'org units, LEVEL-3, USER_ORGUNIT, …').argParser(several),
    new Option(
      '--dimension <text>',
      "any other dimension, as in a URL: 'co', 'J5jldMd8OHv:uYxK4wmcPqA'",
    ).argParser(repeated),
    new Option(
      '--filter <text>',
      'what narrows the answer without being a column of it, in the same way',
    ).argParser(repeated),
    new Option('--param <name=value>', 'any parameter, as it is').argParser(repeated),
  ]) {
    command.addOption(option.helpGroup(group))
  }
  return command
}

export interface DryRunOptions {
  readonly dryRun?: true
}

export function takesDryRun(command: Command): Command {
  return command.addOption(
    new Option('--dry-run', 'print the request and its length, and send nothing').helpGroup(group),
  )
}
