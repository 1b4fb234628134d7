import { Command, Option } from 'commander'
import type { PullOptions } from '../actions/pull.ts'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { takesConnection } from '../options/connection.ts'
import { takesOutput } from '../options/output.ts'
import { takesQuestion } from '../options/question.ts'

export function pullCommand(context: Context): Command {
  const command = takesHelp(new Command('pull'), [
    'dhis2-analytics pull --dx fbfJHSPpUQD,cYeuwXTCPkU --pe LAST_12_MONTHS --ou LEVEL-3 --ou ImspTQPwCqd > anc.csv',
    'dhis2-analytics pull --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou ImspTQPwCqd --chart',
    'dhis2-analytics pull --endpoint events/query/eBAyeGv0exc --param stage=Zj7UnCAulEk --format ndjson | head -3',
    'dhis2-analytics pull --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-3 --to out/anc.parquet',
    'dhis2-analytics pull --dx fbfJHSPpUQD --pe THIS_YEAR --ou LEVEL-2 --labels --header column --bom --to anc.csv',
    'dhis2-analytics pull --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-3 --to postgres://localhost/warehouse --table analytics --mode replace-slice',
  ]).description(
    'Rows of any analytics endpoint, into a pipe, a file or a database; on a terminal, the first of them.',
  )
  takesQuestion(
    command,
    "which analytics, default analytics itself: 'events/query/eBAyeGv0exc', 'rawData', …",
  )
  takesOutput(command)
  command.addOption(
    new Option('--chart', 'draw one value per period as lines of blocks').helpGroup('Where to:'),
  )
  return takesCommon(takesConnection(command)).action(async (options: PullOptions) => {
    const { pull } = await import('../actions/pull.ts')
    await pull(options, context)
  })
}
