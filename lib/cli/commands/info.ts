import { Command } from 'commander'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { type ConnectionOptions, takesConnection } from '../options/connection.ts'

export function infoCommand(context: Context): Command {
  const command = takesHelp(new Command('info'), [
    'dhis2-analytics info',
    'dhis2-analytics info --verbose',
  ]).description(
    'Whether the server answers, its version, who you are there, your rights, and when analytics last ran.',
  )
  return takesCommon(takesConnection(command)).action(async (options: ConnectionOptions) => {
    const { info } = await import('../actions/info.ts')
    await info(options, context)
  })
}
