import { Command, Option } from 'commander'
import type { RefreshOptions } from '../actions/dataset-run.ts'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { takesConnection } from '../options/connection.ts'
import { takesJson, takesName } from '../options/dataset.ts'

export function datasetRefreshCommand(context: Context): Command {
  const command = takesHelp(new Command('refresh'), [
    'dhis2-analytics dataset refresh anc',
    'dhis2-analytics dataset refresh anc --periods 3 --quiet',
    'dhis2-analytics dataset refresh anc --json | grep \'"isChanged":true\'',
  ]).description(
    'Makes a dataset true again: pulls what may have changed, what is new, and all of it where that is due. Begins one that is not there.',
  )
  takesName(command)
  for (const option of [
    new Option(
      '--periods <count>',
      'so many of the last periods are always pulled again; default 3',
    ).argParser(Number),
    new Option(
      '--no-changed-values',
      'do not look which values have changed, for which you have to be allowed to read the data sets',
    ),
  ]) {
    command.addOption(option.helpGroup('What to refresh:'))
  }
  takesJson(takesCommon(takesConnection(command)), 'print a report as a line of JSON')
  return command.action(async (name: string, options: RefreshOptions) => {
    const { datasetRefresh } = await import('../actions/dataset-run.ts')
    await datasetRefresh(name, options, context)
  })
}
