/** The formats that an endpoint may have. */
export type Format = 'json' | 'csv' | 'xml' | 'html' | 'xls' | 'xlsx' | 'pdf'

/** As DHIS2 names them: csv is not `text/csv`, and both kinds of spreadsheet go by the old one's name. */
export const contentTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  csv: 'application/csv',
  xml: 'application/xml',
  html: 'text/html;charset=utf-8',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.ms-excel',
  pdf: 'application/pdf',
}

const byAccept: Readonly<Record<string, Format>> = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  'application/xml': 'xml',
  'text/html': 'html',
  'application/vnd.ms-excel': 'xls',
}

/** A path and the format of its suffix, where it has one. */
export function suffixOf(path: string): { stem: string; suffix?: Format } {
  const [, stem = path, suffix] = /^(.*)\.([a-z]+)$/.exec(path) ?? []
  return suffix !== undefined && suffix in contentTypes ? { stem, suffix: suffix as Format } : { stem: path }
}

/** The format that an `Accept` header gets where the path has no suffix: the first it names that there is. */
export function acceptedFormat(accept: string | undefined, formats: readonly Format[]): Format | undefined {
  if (accept === undefined || accept === '') return 'json'
  return accept
    .split(',')
    .map((range) => byAccept[range.split(';', 1)[0]!.trim().toLowerCase()])
    .find((format) => format !== undefined && formats.includes(format))
}
