import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { UnexpectedContentError } from '../../errors.ts'
import type { BodySink, BodySource, Exchange } from './exchange.ts'

export const acceptEncoding = 'gzip, deflate, br'

const chunkSize = 64 * 1024

/** A server and each of two proxies before it may have compressed it. */
const mostCodings = 3

const decoders = {
  gzip: () => createGunzip({ chunkSize }),
  'x-gzip': () => createGunzip({ chunkSize }),
  // Some servers leave out the zlib header that `deflate` means, and browsers take it.
  deflate: (first: number) =>
    (first & 0x0f) === 8 ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize }),
  br: () => createBrotliDecompress({ chunkSize }),
}

/**
 * The body as it was before a proxy compressed it.
 *
 * Not undici's decompress interceptor: it is marked experimental and warns on stderr, and it hides the
 * length on the wire, which completeness is judged by.
 */
export function decoded(response: Exchange): BodySource {
  const codings = codingsOf(response)
  const unknown = codings.find((coding) => !Object.hasOwn(decoders, coding))
  if (unknown !== undefined) {
    return refused(response, `The response is encoded as ${JSON.stringify(unknown)}, which nobody asked for`)
  }
  if (codings.length > mostCodings) {
    return refused(response, `The response is encoded ${codings.length} times over`)
  }
  // What was done last is undone first.
  return codings.reduceRight<BodySource>(
    (source, coding) => inflated(source, decoders[coding as keyof typeof decoders]),
    response,
  )
}

/** What a body went through, in order: of a header that comes more than once all lines are one list. */
export function codingsOf({ headers }: Pick<Exchange, 'headers'>): string[] {
  return [headers['content-encoding'] ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
}

function refused(response: Exchange, message: string): BodySource {
  const error = new UnexpectedContentError(message)
  return {
    ...response,
    start(sink) {
      response.abort(error)
      sink.fail(error)
    },
  }
}

type Decoder = ReturnType<typeof createGunzip>

function inflated(source: BodySource, make: (firstByte: number) => Decoder): BodySource {
  let decoder: Decoder | undefined
  return {
    start(sink: BodySink) {
      let received = 0
      let sourceEnded = false
      let decoderEnded = false
      let failed = false
      const fail = (error: Error) => {
        if (failed) return
        failed = true
        decoder?.destroy()
        sink.fail(error)
      }
      const finish = () => {
        if (!sourceEnded || !decoderEnded) return
        // zlib stops at its end mark and says nothing of what comes behind it.
        if (decoder?.bytesWritten === received) sink.end()
        else fail(new UnexpectedContentError('The compressed response goes on behind its own end'))
      }
      const begin = (firstByte: number) => {
        const made = make(firstByte)
        made.on('data', (chunk: Buffer) => sink.data(chunk))
        made.on('drain', () => source.resume())
        made.on('error', (cause: NodeJS.ErrnoException) => {
          const error = damage(cause)
          source.abort(error)
          fail(error)
        })
        made.on('end', () => {
          decoderEnded = true
          finish()
        })
        return made
      }
      source.start({
        data(chunk) {
          received += chunk.length
          decoder ??= begin(chunk[0]!)
          if (!decoderEnded && !decoder.write(chunk)) source.pause()
        },
        end() {
          sourceEnded = true
          if (!decoder) return sink.end()
          decoder.end()
          finish()
        },
        fail,
      })
    },
    pause: () => decoder?.pause(),
    resume: () => decoder?.resume(),
    abort(reason) {
      decoder?.destroy()
      source.abort(reason)
    },
  }
}

/** zlib tells a stream that stops too early from one that is broken; only the first may do better a second time. */
function damage(cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'Z_BUF_ERROR') return cause
  return new UnexpectedContentError(`The compressed response is damaged: ${cause.message}`, { cause })
}
