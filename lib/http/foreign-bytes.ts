import { isUtf8 } from 'node:buffer'
import { utf16Of } from './text.ts'

const zip = Buffer.from('PK\u0003\u0004')
const oldOffice = Buffer.from('d0cf11e0', 'hex')

/** What other things begin with. */
const marks: readonly [what: string, mark: Buffer][] = [
  ['gzip that no Content-Encoding tells of', Buffer.from('1f8b', 'hex')],
  ['zstd that no Content-Encoding tells of', Buffer.from('28b52ffd', 'hex')],
  ['deflate that no Content-Encoding tells of', Buffer.from('7801', 'hex')],
  ['deflate that no Content-Encoding tells of', Buffer.from('789c', 'hex')],
  ['deflate that no Content-Encoding tells of', Buffer.from('78da', 'hex')],
  ['bzip2', Buffer.from('BZh9')],
  ['a ZIP file, as an xlsx is', zip],
  ['an xls file', oldOffice],
]

const spreadsheets: readonly string[] = ['xls', 'xlsx']
const texts: readonly string[] = ['json', 'csv', 'xml', 'html', 'html+css']

/** How much of what is text shows that it is. */
const telling = 16

/** What these first bytes of a body are, where they can't be of this format, whose bytes may be anything if unknown. */
export function foreignBytes(head: Buffer, format: string): string | undefined {
  const isSpreadsheet = spreadsheets.includes(format)
  if (isSpreadsheet ? !lacksSpreadsheet(head, format) : !texts.includes(format)) return undefined
  const known = marks.find(([, mark]) => startsWith(head, mark))
  if (known) return known[0]
  if (isSpreadsheet) return undefined
  if (utf16Of(head) || (head.length > 1 && (head[0] === 0) !== (head[1] === 0))) {
    return 'text in UTF-16, where DHIS2 and this client have UTF-8'
  }
  return format !== 'json' && isBinary(head) ? 'bytes that are no text' : undefined
}

/** Whether a spreadsheet is expected, and this is none. */
export function lacksSpreadsheet(head: Buffer, format: string): boolean {
  return spreadsheets.includes(format) && !startsWith(head, zip) && !startsWith(head, oldOffice)
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark)
}

function isBinary(head: Buffer): boolean {
  const start = head.subarray(0, telling)
  if (start.some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20))) return true
  // A character may go on behind them.
  return [0, 1, 2, 3].every((cut) => !isUtf8(start.subarray(0, start.length - cut)))
}
