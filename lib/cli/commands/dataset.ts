import { Command } from 'commander'
import type { Context } from '../context.ts'
import { takesHelp } from '../options/command.ts'
import { datasetCreateCommand } from './dataset-create.ts'
import { datasetRefreshCommand } from './dataset-refresh.ts'
import { datasetRunCommand } from './dataset-run.ts'
import { datasetStatusCommand } from './dataset-status.ts'

export function datasetCommand(context: Context): Command {
  const command = takesHelp(new Command('dataset'), [
    'dhis2-analytics dataset create anc --dx fbfJHSPpUQD --pe LAST_12_MONTHS --ou LEVEL-4 --to out/anc/',
    'dhis2-analytics dataset run anc',
    'dhis2-analytics dataset refresh anc --periods 3',
    'dhis2-analytics dataset status anc',
  ]).description(
    'What is too much for one request: in pieces, into a folder or a table, gone on with, and kept true night after night.',
  )
  for (const define of [
    datasetCreateCommand,
    datasetRunCommand,
    datasetRefreshCommand,
    datasetStatusCommand,
  ]) {
    command.addCommand(define(context))
  }
  return command
}
