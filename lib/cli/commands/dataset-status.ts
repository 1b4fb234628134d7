import { Command } from 'commander'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { type ReportOptions, takesJson, takesName } from '../options/dataset.ts'

export function datasetStatusCommand(_: Context): Command {
  const command = takesHelp(new Command('status'), [
    'dhis2-analytics dataset status anc',
    'dhis2-analytics dataset status anc --json',
  ]).description(
    'What is there, as of when, what is missing, and who has it. It asks no server, and disturbs no run.',
  )
  takesJson(takesCommon(takesName(command)), 'print it as a line of JSON')
  return command.action(async (name: string, options: ReportOptions) => {
    const { datasetStatusOf } = await import('../actions/dataset-status.ts')
    await datasetStatusOf(name, options)
  })
}
