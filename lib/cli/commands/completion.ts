import { Argument, Command } from 'commander'
import type { Shell } from '../actions/completion.ts'
import type { Context } from '../context.ts'
import { takesHelp } from '../options/command.ts'

export function completionCommand(_: Context, program: Command): Command {
  return takesHelp(new Command('completion'), [
    'dhis2-analytics completion bash > dhis2-analytics.bash',
    'dhis2-analytics completion zsh > _dhis2-analytics',
    'dhis2-analytics completion fish > dhis2-analytics.fish',
  ])
    .description(
      'What makes a shell complete commands and options; put it where your shell looks for such files.',
    )
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const { completionFor } = await import('../actions/completion.ts')
      process.stdout.write(completionFor(shell, program))
    })
}
