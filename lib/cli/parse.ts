import { Command, CommanderError } from 'commander'
import { version } from '../version.ts'
import { completionCommand } from './commands/completion.ts'
import { convertCommand } from './commands/convert.ts'
import { downloadCommand } from './commands/download.ts'
import { findCommand } from './commands/find.ts'
import { infoCommand } from './commands/info.ts'
import { pullCommand } from './commands/pull.ts'
import type { Context } from './context.ts'
import { usage } from './ending/failure.ts'
import { takesHelp } from './options/command.ts'

/** Each defines one command; what it does is loaded when it is run. */
const commands = [pullCommand, downloadCommand, convertCommand, infoCommand, findCommand, completionCommand]

/**
 * Does what the arguments say, and resolves to the exit status.
 *
 * @throws Failure for what nobody can make out; and whatever the command fails with.
 */
export async function parse(args: readonly string[], signal: AbortSignal): Promise<number> {
  const context: Context = { signal, status: 0 }
  const program = programOf(context)
  try {
    await program.parseAsync(args, { from: 'user' })
    return context.status
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    const [what = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
    if (error.code === 'commander.help') return 2
    const name = [
      program.name(),
      ...args.slice(0, 1).filter((arg) => program.commands.some((c) => c.name() === arg)),
    ]
    throw usage(
      what,
      suggestion?.replace(/^\((.*)\)$/, '$1') || `${name.join(' ')} --help tells what there is.`,
    )
  }
}

/** All commands, with what each of them does in `context`. */
export function programOf(context: Context): Command {
  const program = takesHelp(new Command('dhis2-analytics'), [
    'dhis2-analytics info',
    'dhis2-analytics find "ANC 1st"',
    'dhis2-analytics pull --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-2 > anc.csv',
  ])
    .description('Gets analytics data out of a DHIS2 server: whole, or not at all.')
    .version(version, '-V, --version', 'say which version this is')
  for (const define of commands) program.addCommand(define(context, program))
  return program
}
