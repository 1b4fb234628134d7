import { Command } from 'commander'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { type ConnectionOptions, takesConnection } from '../options/connection.ts'
import { type TakeOptions, takesFreshness, takesJson, takesName } from '../options/dataset.ts'

export function datasetRunCommand(context: Context): Command {
  const command = takesHelp(new Command('run'), [
    'dhis2-analytics dataset run anc',
    'dhis2-analytics dataset run anc --verbose',
  ]).description(
    'Goes on with a dataset, or begins it: what is there is not asked for again, and of one that is whole nothing is.',
  )
  takesFreshness(takesName(command))
  takesJson(takesCommon(takesConnection(command)), 'print a report as a line of JSON')
  return command.action(async (name: string, options: ConnectionOptions & TakeOptions) => {
    const { datasetRun } = await import('../actions/dataset-run.ts')
    await datasetRun(name, options, context)
  })
}
