import { Command, Option } from 'commander'
import type { CreateOptions } from '../actions/dataset-create.ts'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { takesConnection } from '../options/connection.ts'
import { fileFormats, nameHelp, takesAdopt, takesFreshness, takesJson } from '../options/dataset.ts'
import { takesQuestion } from '../options/question.ts'

export function datasetCreateCommand(context: Context): Command {
  const command = takesHelp(new Command('create'), [
    'dhis2-analytics dataset create anc --dx fbfJHSPpUQD,cYeuwXTCPkU --pe LAST_5_YEARS --ou LEVEL-4 --to out/anc/',
    'dhis2-analytics dataset create visits --endpoint events/query/eBAyeGv0exc --pe THIS_YEAR --ou ImspTQPwCqd --format csv',
    'dhis2-analytics dataset create monthly --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-3 --to postgres://localhost/warehouse --table anc_monthly',
  ])
    .description('Writes down what a dataset is, in NAME.dataset.json, and pulls it. Again, it goes on.')
    .argument('<name>', nameHelp)
  takesQuestion(
    command,
    "which analytics, default analytics itself: 'events/query/eBAyeGv0exc', 'rawData', …",
  )
  for (const option of [
    new Option('--to <where>', 'a folder, postgres://…, a .duckdb or .sqlite file; default the folder NAME'),
    new Option('--format <format>', 'of the files in a folder, default parquet').choices(fileFormats),
    new Option('--table <name>', 'of a database: the table, which is made'),
  ]) {
    command.addOption(option.helpGroup('Where to:'))
  }
  takesFreshness(
    takesAdopt(
      command,
      'have a dataset that is there be this one: what both ask for is kept, the rest of it goes',
    ),
  )
  takesJson(takesCommon(takesConnection(command)), 'print a report as a line of JSON')
  return command.action(async (name: string, options: CreateOptions) => {
    const { datasetCreate } = await import('../actions/dataset-create.ts')
    await datasetCreate(name, options, context)
  })
}
