import { concealed } from '../conceal.ts'
import { UnexpectedContentError } from '../errors.ts'
import type { BodyStream } from './body-stream.ts'
import { Gathered } from './gathered.ts'
import { textOf } from './text.ts'

/**
 * A small body of JSON, whole and parsed; of how many bytes at most, and what to say of what is none, is the caller's to
 * know.
 *
 * @throws what the body fails with, and UnexpectedContentError past the limit or where it is no JSON.
 */
export async function wholeBody(body: BodyStream, mostBytes: number, refusal: string): Promise<unknown> {
  const gathered = new Gathered()
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (gathered.length + chunk.length > mostBytes) {
      throw new UnexpectedContentError(`More than ${mostBytes} bytes where few were expected`, {
        request: body.request,
      })
    }
    gathered.add(chunk)
  }
  const text = textOf(gathered.bytes())
  try {
    return JSON.parse(text)
  } catch {
    // Without the cause, which quotes the text by a few characters.
    throw new UnexpectedContentError(refusal, {
      request: body.request,
      excerpt: concealed(body.request, text).slice(0, 200),
    })
  }
}
