import { Command, Option } from 'commander'
import type { DownloadOptions } from '../actions/download.ts'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { takesConnection } from '../options/connection.ts'
import { takesQuestion } from '../options/question.ts'

export function downloadCommand(context: Context): Command {
  const command = takesHelp(new Command('download'), [
    'dhis2-analytics download --endpoint /api/analytics.xlsx --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-3 --to out/pivot.xlsx',
    'dhis2-analytics download --endpoint /api/analytics/dataValueSet.csv --param dimension=dx:fbfJHSPpUQD --param dimension=pe:202401 --param dimension=ou:ImspTQPwCqd > values.csv',
    'dhis2-analytics download --endpoint events/query/eBAyeGv0exc.csv --pe LAST_12_MONTHS --ou ImspTQPwCqd --param page=1 --to out/',
  ]).description('The answer of any endpoint, byte for byte, in the format that its suffix names.')
  takesQuestion(command, 'which, with the suffix of its format: /api/analytics.xlsx')
  command.options.find(({ long }) => long === '--endpoint')!.makeOptionMandatory()
  command.addOption(new Option('--to <where>', "a file, a folder, or '-'").helpGroup('Where to:'))
  return takesCommon(takesConnection(command)).action(async (options: DownloadOptions) => {
    const { download } = await import('../actions/download.ts')
    await download(options, context)
  })
}
