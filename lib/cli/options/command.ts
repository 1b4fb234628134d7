import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'

/** Help with examples, and errors for `parse` to tell. */
export function takesHelp(command: Command, examples: readonly string[]): Command {
  return refusingValues(command)
    .helpOption('-h, --help', 'say what there is, with examples')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}\n`).join('')}`)
}

/**
 * Of an option that is not known, or takes no value, the name is told alone: what stands behind `=`, or behind the letter,
 * may be a secret, and with it nothing is near enough to be suggested.
 */
function refusingValues(command: Command): Command {
  const { unknownOption } = command as unknown as { unknownOption(flag: string): void }
  return Object.assign(command, {
    unknownOption(flag: string) {
      const [name = '', value] = flag.startsWith('--') ? flag.split('=') : [flag.slice(0, 2)]
      if (value !== undefined && command.options.some(({ long }) => long === name)) {
        command.error(`error: option '${name}' takes no value`)
      }
      unknownOption.call(command, name)
    },
  })
}

/** What every command that works has. */
export interface CommonOptions {
  readonly quiet?: true
  readonly verbose?: true
}

export function takesCommon(command: Command): Command {
  return command
    .addOption(new Option('-q, --quiet', 'show no progress').helpGroup('How it tells:'))
    .addOption(
      new Option('-v, --verbose', 'tell of requests, retries and timings, without secrets').helpGroup(
        'How it tells:',
      ),
    )
    .addOption(
      new Option('--json-errors', 'tell what went wrong as a line of JSON').helpGroup('How it tells:'),
    )
}

/** Several values of an option: repeated, or separated by commas or semicolons. */
export function several(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(/[,;]/)]
}

/** Repeated, each as it is. */
export function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

/** @throws InvalidArgumentError for what is no whole number, 0 or more. */
export function count(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, 0 or more.')
}
