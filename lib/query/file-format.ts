import { basename, extname } from 'node:path'
import { QueryError } from '../errors.ts'
import { factsOf, formatOf } from './endpoint-table.ts'

const packed: readonly string[] = ['gz', 'zip']

/** The formats that the names of files speak of, by their suffix. */
const formats = new Map([
  ...['json', 'csv', 'xml', 'html', 'xls', 'xlsx', 'pdf', 'ndjson', 'tsv', 'parquet', ...packed].map(
    (name): [string, string] => [name, name],
  ),
  ['htm', 'html'],
  ['jsonl', 'ndjson'],
])

/** What writes a format that no endpoint has. */
const instead: Readonly<Record<string, string>> = {
  ndjson: ', or write it with rows() and toNdjson()',
  tsv: ', or write it with rows() and toCsv()',
  gz: ', or compress it in a pipeline of stream(), createGzip() of node:zlib and toFile()',
}

/**
 * @throws QueryError for a file whose name is that of another format than the endpoint's. A suffix that is none of a
 * format passes.
 */
export function checkFileFormat(path: string, endpoint: string): void {
  const suffix = extname(path)
  const named = formats.get(suffix.slice(1).toLowerCase())
  const format = formatOf(endpoint)
  // `html+css` is HTML with a style.
  const parts = format.split('+')
  if (named === undefined || parts.includes(named)) return
  const name = basename(path, suffix)
  const own = parts.find((part) => formats.has(part)) ?? format
  const isPacked = packed.includes(named) && name.endsWith(`.${own}`)
  const rename = `name it ${isPacked ? name : `${name}.${own}`}`
  const facts = factsOf(endpoint)
  const hasIt = facts ? facts.formats.includes(named) : !(named in instead)
  const way = hasIt
    ? `take endpoint '${endpoint.replace(/(\.[a-z+]+)?$/i, `.${named}`)}', or ${rename}`
    : `${facts?.name ?? endpoint} has no ${named}: ${rename}${instead[named] ?? ''}`
  throw new QueryError(`destination: ${name}${suffix} would hold ${format}; ${way}`)
}
