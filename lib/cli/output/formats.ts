import type { Duplex } from 'node:stream'
import { toArrow, toCsv, toNdjson } from '../../index.ts'
import type { OutputFormat, OutputOptions } from '../options/output.ts'
import { toGridJson } from './grid-json.ts'

/** What writes rows, and knows how many. */
export type Writer = Duplex & { readonly rowCount: number }

/** The stage that makes bytes of rows; `isGrowing` where their metaData is whole at their end only. */
export async function writerOf(
  format: Exclude<OutputFormat, 'raw'>,
  options: OutputOptions,
  isGrowing: boolean,
): Promise<Writer> {
  switch (format) {
    case 'csv':
      return toCsv({ ...csvOptions(options), delimiter: options.delimiter })
    case 'tsv':
      return toCsv({ ...csvOptions(options), delimiter: '\t' })
    case 'ndjson':
      return toNdjson()
    case 'json':
      return toGridJson(isGrowing)
    case 'arrows':
      return toArrow()
    case 'parquet':
      return (await import('../../transforms/to-parquet.ts')).toParquet()
    default:
      return format satisfies never
  }
}

function csvOptions({ header = 'name', bom, escapeFormulas }: OutputOptions) {
  return { header: header === 'none' ? (false as const) : header, bom, escapeFormulas }
}
