import { Transform } from 'node:stream'
import { errorObject } from '../error-object.ts'
import { ByteBuffer } from '../json/bytes.ts'
import { JsonEnd } from '../json/json-end.ts'

/** How long a body may be to be looked at as a whole. */
const shortBytes = 64 * 1024

/**
 * Passes the bytes of JSON on, and ends only where they do: HTTP may have lost the end without a word. This is about the
 * end and not about what lies before it: whether every row is well-formed, and whether there are as many as `height`
 * says, is for `parseRows` to find.
 *
 * Fails with a TruncatedResponseError where the outermost object does not end, a GridFormatError where something follows
 * it, and the error that DHIS2 sent where it is all there is.
 */
export function wholeJson(): Transform {
  const end = new JsonEnd()
  /** A short body: copied, as a chunk can be a view of a larger one. */
  const short = new ByteBuffer()
  let isShort = true
  return new Transform({
    transform(chunk: Buffer, _, done) {
      isShort &&= short.length + chunk.length <= shortBytes
      if (isShort) short.append(chunk)
      else short.clear()
      try {
        end.write(chunk)
      } catch (error) {
        return done(error as Error)
      }
      done(null, chunk)
    },
    flush(done) {
      try {
        end.end()
        refuseErrorObject(short.view())
      } catch (error) {
        return done(error as Error)
      }
      done()
    },
  })
}

/** An error object under status 200 is told by its first key while it streams; a short one here, whatever its order. */
function refuseErrorObject(bytes: Buffer): void {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return
  }
  const error = errorObject(new Map(Object.entries(body as object)))
  if (error) throw error
}
