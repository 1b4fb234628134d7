import { Command } from 'commander'
import type { ConvertOptions } from '../actions/convert.ts'
import type { Context } from '../context.ts'
import { takesCommon, takesHelp } from '../options/command.ts'
import { formats, takesOutput } from '../options/output.ts'

export function convertCommand(context: Context): Command {
  const command = takesHelp(new Command('convert'), [
    'dhis2-analytics convert saved-grid.json --to anc.parquet',
    'dhis2-analytics convert --labels --format tsv < saved-grid.json',
    'dhis2-analytics convert saved-grid.json --to dhis2.duckdb --table anc',
  ])
    .description('A grid that was saved, as JSON, into anything that pull writes. It asks no server.')
    .argument('[file]', 'the grid; default standard input')
  takesOutput(
    command,
    formats.filter((format) => format !== 'raw'),
  )
  return takesCommon(command).action(async (file: string | undefined, options: ConvertOptions) => {
    const { convert } = await import('../actions/convert.ts')
    await convert(file, options, context)
  })
}
