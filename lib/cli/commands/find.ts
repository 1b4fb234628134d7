import { Command } from 'commander'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { type ConnectionOptions, takesConnection } from '../options/connection.ts'

export function findCommand(context: Context): Command {
  const command = takesHelp(new Command('find'), [
    'dhis2-analytics find "ANC 1st"',
    'dhis2-analytics find fbfJHSPpUQD',
    'dhis2-analytics find Bo | cut -f 1',
  ])
    .description(
      'Data elements, indicators, data sets, programs and org units by name, code or id, and what to type.',
    )
    .argument('<text...>', 'part of a name or a code, or an id')
  return takesCommon(takesConnection(command)).action(async (words: string[], options: ConnectionOptions) => {
    const { find } = await import('../actions/find.ts')
    await find(words.join(' '), options, context)
  })
}
