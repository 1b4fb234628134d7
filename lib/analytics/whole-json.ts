import type { FileHandle } from 'node:fs/promises'
import { GridFormatError, TruncatedResponseError } from '../errors.ts'
import { closeBrace, closeBracket, openBrace, openBracket, Scanner } from '../grid/scan.ts'

/** How much of the end of a file is looked at before all of it is. */
const tailBytes = 64 * 1024

/** Where a row of strings ends and the next begins. A string can't hold this: it would have to escape the quotes. */
const rowBoundary = '"],["'

const whitespace = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * Sees to it that a file of JSON has its end, in next to no time: reading a gigabyte byte by byte would take three
 * seconds.
 *
 * From the last boundary between two rows in the file's last 64 KiB its end has to read as the end of a grid. Where it
 * does not, be it that there is no such boundary or that something is missing, every byte of the file is walked over
 * and the brackets outside its strings are counted. It looks for the end and not at all that lies before it: that
 * every row is well-formed, and that there are as many as `height` says, is for `parseRows` to find out.
 *
 * @throws TruncatedResponseError where the outermost value does not end, GridFormatError where something follows it.
 */
export async function checkWhole(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const length = Math.min(size, tailBytes)
  const tail = Buffer.allocUnsafe(length)
  await file.read(tail, 0, length, size - length)
  if (!endsLikeAGrid(tail)) await walk(file)
}

function endsLikeAGrid(tail: Buffer): boolean {
  const boundary = tail.lastIndexOf(rowBoundary)
  if (boundary === -1) return false
  try {
    JSON.parse(`{"rows":[${tail.toString('latin1', boundary + rowBoundary.length - 2)}`)
    return true
  } catch {
    return false
  }
}

async function walk(file: FileHandle): Promise<void> {
  const scanner = new Scanner()
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  let complete = false
  let offset = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
    if (bytesRead === 0) break
    const bytes = buffer.subarray(0, bytesRead)
    let at = 0
    while (at < bytesRead) {
      if (complete) {
        if (!whitespace.has(bytes[at]!))
          throw new GridFormatError('Something follows the end of the JSON', {
            offset: offset + at,
            excerpt: bytes.toString('utf8', at, at + 40),
          })
        at += 1
        continue
      }
      // TODO
      at = bytesRead
    }
    offset += bytesRead
  }
  if (!complete) {
    throw new TruncatedResponseError(`The JSON stops in the middle, after ${offset} bytes`, {
      unit: 'bytes',
      received: offset,
    })
  }
}
