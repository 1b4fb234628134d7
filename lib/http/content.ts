import { beginsErrorObject } from '../error-object.ts'
import { foreignBytes, lacksSpreadsheet } from './foreign-bytes.ts'
import { textOf } from './text.ts'

/** How much of an error body is kept. */
export const keptBytes = 256 * 1024

/** Aggregate `.csv .xml .xls .xlsx .html` answer a failed query with status 200 and this text. */
export const errorText = /^\s*(E\d{4}): /
export const html = /^\s*<(!doctype\s+html|html|head|body)/i
export const loginPage = /j_username|dhis-web-login|\/login\/|type=["']?password/i

/** Whether these first bytes that are no blanks are enough to tell: a slow body is not to be held back for longer. */
export function isTelling(head: Buffer, format: string): boolean {
  if (format !== 'json') return !format.startsWith('html') && head.length >= 32
  // A key tells with the colon behind it.
  return /^([^{]|\{\s*([^"\s]|"(?!status")([^"\\]|\\.)*"\s*\S|"status"\s*:\s*("[^"]*"|[^"\s])))/s.test(
    head.toString(),
  )
}

/** The format of an endpoint whose JSON is an array. */
export const jsonArray = 'json array'

/** Whether the first bytes of a body with status 200 can be what the endpoint serves. */
export function looksRight(head: Buffer, format: string, contentType = ''): boolean {
  if (head.length === 0 || foreignBytes(head, format) || lacksSpreadsheet(head, format)) return false
  const text = textOf(head)
  if (format === jsonArray) return /^\s*\[/.test(text)
  if (format !== 'json' && contentType.includes('json') && /^\s*[{[]/.test(text)) return false
  if (errorText.test(text) || beginsErrorObject(text)) return false
  if (format === 'html' || format === 'html+css') return !loginPage.test(text)
  if (html.test(text)) return false
  return format !== 'json' || /^\s*\{/.test(text)
}
