import { Command } from 'commander'
import type { PlanOptions } from '../actions/plan.ts'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { takesConnection } from '../options/connection.ts'
import { takesJson } from '../options/dataset.ts'
import { takesQuestion } from '../options/question.ts'

export function planCommand(context: Context): Command {
  const command = takesHelp(new Command('plan'), [
    'dhis2-analytics plan --dx fbfJHSPpUQD,cYeuwXTCPkU --pe LAST_5_YEARS --ou LEVEL-4',
    'dhis2-analytics plan --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-3 --json',
  ]).description(
    'What a dataset would ask, in how many pieces, and why they are cut so; or why it can not be cut. Pulls nothing.',
  )
  takesQuestion(
    command,
    "which analytics, default analytics itself: 'events/query/eBAyeGv0exc', 'rawData', …",
  )
  takesJson(takesCommon(takesConnection(command)), 'print the plan as JSON')
  return command.action(async (options: PlanOptions) => {
    const { plan } = await import('../actions/plan.ts')
    await plan(options, context)
  })
}
