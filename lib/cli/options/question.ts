import { type Command, Option } from 'commander'
import { repeated, several } from './command.ts'

/** What is asked of the server. */
export interface QuestionOptions {
  readonly endpoint?: string
  readonly dx?: readonly string[]
  readonly pe?: readonly string[]
  readonly ou?: readonly string[]
  readonly dimension?: readonly string[]
  readonly filter?: readonly string[]
  readonly param?: readonly string[]
  readonly dryRun?: true
}

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
    new Option('--dry-run', 'print the request and its length, and send nothing'),
  ]) {
    command.addOption(option.helpGroup('What to ask:'))
  }
  return command
}
