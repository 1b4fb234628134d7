import type { FileHandle } from 'node:fs/promises'
import { GridFormatError, TruncatedResponseError } from '../errors.ts'
import { errorObject } from '../grid/error-object.ts'
import { Scanner } from '../grid/scan.ts'

/** How much of the end of a file is looked at before all of it is. */
const tailBytes = 64 * 1024

/**
 * Where a row of strings, or an object, ends and the next begins. Inside a string the quote would be escaped, unless
 * it is the one that ends the string: then what follows does not read as JSON.
 */
const boundaries = ['],["', '},{"']

/**
 * Sees to it that a file of JSON has its end, at the cost of its last 64 KiB: walking over a gigabyte byte by byte
 * would take three seconds.
 *
 * From the last boundary between two rows, or two data values, on, the file has to read as the end of a list in an
 * object. Where it does not, be it that there is no such boundary or that something is missing, the whole file is
 * walked over and the brackets outside its strings are counted. This is about the end and not about what lies before
 * it: whether every row is well-formed, and whether there are as many as `height` says, is for `parseRows` to find.
 *
 * @throws TruncatedResponseError where the outermost object does not end, GridFormatError where something follows it.
 */
export async function checkWhole(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const length = Math.min(size, tailBytes)
  const tail = Buffer.allocUnsafe(length)
  await file.read(tail, 0, length, size - length)
  if (length === size) refuseErrorObject(tail)
  if (!boundaries.some((boundary) => endsWell(tail, boundary))) await walk(file)
}

/** An error object under status 200 is told by its first key while it streams; a short one here, whatever its order. */
function refuseErrorObject(bytes: Buffer): void {
  let body: unknown
  try {
    body = JSON.parse(bytes.toString())
  } catch {
    return
  }
  const error = errorObject(new Map(Object.entries(body as object)))
  if (error) throw error
}

function endsWell(tail: Buffer, boundary: string): boolean {
  const at = tail.lastIndexOf(boundary)
  if (at === -1) return false
  try {
    JSON.parse(`{"":[${tail.toString('latin1', at + 2)}`)
    return true
  } catch {
    return false
  }
}

async function walk(file: FileHandle): Promise<void> {
  const scanner = new Scanner()
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  let state: 'before' | 'inside' | 'behind' = 'before'
  let offset = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
    if (bytesRead === 0) break
    const bytes = buffer.subarray(0, bytesRead)
    let at = 0
    if (state === 'before') {
      const opening = scanner.nextOpening(bytes, 0)
      at = opening === -1 ? bytesRead : opening + 1
      if (opening !== -1) state = 'inside'
    }
    while (state === 'inside' && at < bytesRead) {
      const found = scanner.next(bytes, at)
      at = found === -1 ? bytesRead : found + 1
      if (scanner.depth < 0) state = 'behind'
    }
    if (state === 'behind') {
      const rest = bytes.toString('latin1', at)
      const more = rest.search(/[^ \t\r\n]/)
      if (more !== -1) {
        throw new GridFormatError('Something follows the end of the JSON', {
          offset: offset + at + more,
          excerpt: bytes.toString('utf8', at + more, at + more + 40),
        })
      }
    }
    offset += bytesRead
  }
  if (state === 'behind') return
  throw new TruncatedResponseError(`The JSON stops in the middle, after ${offset} bytes`, {
    unit: 'bytes',
    received: offset,
  })
}
