import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { UnexpectedContentError } from '../errors.ts'
import { type BodySink, type BodySource, type Exchange, headerOf } from './exchange.ts'

export const acceptEncoding = 'gzip, deflate, br'

const chunkSize = 64 * 1024

const decoders = {
  gzip: () => createGunzip({ chunkSize }),
  'x-gzip': () => createGunzip({ chunkSize }),
  deflate: () => createInflate({ chunkSize }),
  br: () => createBrotliDecompress({ chunkSize }),
}

/**
 * The body as it was before a proxy compressed it.
 *
 * Not undici's decompress interceptor: it is marked experimental and warns on stderr, and it hides the
 * length on the wire, which completeness is judged by.
 */
export function decoded(response: Exchange): BodySource {
  const encoding = headerOf(response, 'content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return response
  if (!Object.hasOwn(decoders, encoding)) {
    const error = new UnexpectedContentError(
      `The response is encoded as ${JSON.stringify(encoding)}, which nobody asked for`,
    )
    return {
      ...response,
      start(sink) {
        response.abort(error)
        sink.fail(error)
      },
    }
  }
  return inflated(response, decoders[encoding as keyof typeof decoders]())
}

function inflated(source: BodySource, decoder: ReturnType<typeof createGunzip>): BodySource {
  return {
    start(sink: BodySink) {
      let received = 0
      let sourceEnded = false
      let decoderEnded = false
      let failed = false
      const fail = (error: Error) => {
        if (failed) return
        failed = true
        decoder.destroy()
        sink.fail(error)
      }
      const finish = () => {
        if (!sourceEnded || !decoderEnded) return
        // zlib stops at its end mark and says nothing of what comes behind it.
        if (decoder.bytesWritten === received) sink.end()
        else fail(new UnexpectedContentError('The compressed response goes on behind its own end'))
      }
      decoder.on('data', (chunk: Buffer) => sink.data(chunk))
      decoder.on('drain', () => source.resume())
      decoder.on('error', (cause: NodeJS.ErrnoException) => {
        const error = damage(cause)
        source.abort(error)
        fail(error)
      })
      decoder.on('end', () => {
        decoderEnded = true
        finish()
      })
      source.start({
        data(chunk) {
          received += chunk.length
          if (!decoderEnded && !decoder.write(chunk)) source.pause()
        },
        end() {
          sourceEnded = true
          decoder.end()
          finish()
        },
        fail,
      })
    },
    pause: () => decoder.pause(),
    resume: () => decoder.resume(),
    abort(reason) {
      decoder.destroy()
      source.abort(reason)
    },
  }
}

/** zlib tells a stream that stops too early from one that is broken; only the first may do better a second time. */
function damage(cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'Z_BUF_ERROR') return cause
  return new UnexpectedContentError(`The compressed response is damaged: ${cause.message}`, { cause })
}
