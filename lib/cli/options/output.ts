import { type Command, Option } from 'commander'
import { several } from './command.ts'

export const formats = ['csv', 'tsv', 'ndjson', 'json', 'arrows', 'parquet', 'raw'] as const
export type OutputFormat = (typeof formats)[number]

const modes = ['append', 'upsert', 'replace', 'replace-slice'] as const

/** What becomes of the rows. */
export interface OutputOptions {
  readonly to?: string
  readonly format?: OutputFormat
  readonly labels?: true
  readonly cast?: true
  readonly columns?: readonly string[]
  readonly header?: 'name' | 'column' | 'none'
  readonly delimiter?: string
  readonly bom?: true
  readonly escapeFormulas?: true
  readonly table?: string
  readonly mode?: (typeof modes)[number]
  readonly key?: readonly string[]
}

export function takesOutput(command: Command, ownFormats: readonly string[] = formats): Command {
  const groups = [
    [
      'Where to:',
      new Option('--to <where>', "a file, a folder, postgres://…, a .duckdb or .sqlite file, or '-'"),
      new Option('--format <format>', 'default as the name of the file says, else csv').choices(ownFormats),
      new Option('--table <name>', 'of a database: the table, which is made where there is none'),
      new Option('--mode <mode>', 'of a table: what becomes of the rows that are there').choices(modes),
      new Option(
        '--key <columns>',
        'of a table: by which a row is known again, such as psi of events',
      ).argParser(several),
    ],
    [
      'What of the rows:',
      new Option('--columns <names>', 'these columns, in this order; ou=facility renames one').argParser(
        several,
      ),
      new Option('--labels', 'names in place of ids'),
      new Option('--cast', 'numbers, booleans and ISO dates in place of text'),
    ],
    [
      'Of csv and tsv:',
      new Option('--header <which>', 'name, column (the labels) or none').choices(['name', 'column', 'none']),
      new Option('--delimiter <character>', 'between the cells of csv; default a comma'),
      new Option('--bom', 'a byte order mark, which Excel wants'),
      new Option('--escape-formulas', 'so that no spreadsheet runs a cell as a formula'),
    ],
  ] as const
  for (const [group, ...options] of groups) {
    for (const option of options) command.addOption(option.helpGroup(group))
  }
  return command
}
