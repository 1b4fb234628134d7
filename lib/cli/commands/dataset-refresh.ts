import { Command, Option } from 'commander'
import type { RefreshOptions } from '../actions/dataset-run.ts'
import type { Context } from '../context.ts'
import { count, takesCommon, takesHelp } from '../options/command.ts'
import { takesConnection } from '../options/connection.ts'
import { days, takesAdopt, takesFreshness, takesJson, takesName } from '../options/dataset.ts'

export function datasetRefreshCommand(context: Context): Command {
  const command = takesHelp(new Command('refresh'), [
    'dhis2-analytics dataset refresh anc',
    'dhis2-analytics dataset refresh anc --periods 3 --full-every 7 --quiet',
    'dhis2-analytics dataset refresh anc --json | grep \'"isChanged":true\'',
  ]).description(
    'Makes a dataset true again: pulls what may have changed, what is new, and all of it where that is due. Begins one that is not there.',
  )
  takesName(command)
  for (const option of [
    new Option(
      '--periods <count>',
      'so many of the last periods are always pulled again; default 3',
    ).argParser(count),
    new Option(
      '--full-every <days>',
      "so many days after the last time all of it was pulled it is again; default 30, 0 for now, or 'never'",
    ).argParser(days),
    new Option(
      '--no-changed-values',
      'do not look which values have changed, for which you have to be allowed to read the data sets',
    ),
  ]) {
    command.addOption(option.helpGroup('What to pull:'))
  }
  takesFreshness(
    takesAdopt(
      command,
      'where NAME.dataset.json asks something else now: keep what both ask for, and pull what is new',
    ),
  )
  takesJson(takesCommon(takesConnection(command)), 'print a report as a line of JSON').addOption(
    new Option(
      '--exit-code',
      'end with 0 where nothing was to do, 10 where something was, 11 where all of it was pulled',
    ).helpGroup('How it tells:'),
  )
  return command.action(async (name: string, options: RefreshOptions) => {
    const { datasetRefresh } = await import('../actions/dataset-run.ts')
    await datasetRefresh(name, options, context)
  })
}
