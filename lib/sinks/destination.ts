import { isAbsolute, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DestinationError, Dhis2ClientError, QueryError } from '../errors.ts'

/** A path, or a `file:` URL. */
export type Destination = string | URL

/**
 * @throws QueryError for what is neither a path nor a file URL, or is the name of a directory; DestinationError where the
 * working directory is gone.
 */
export function pathOf(destination: Destination): string {
  const path = textOf(destination)
  if (namesDirectory(path)) {
    throw new QueryError(`destination: ${path} is the name of a directory; name a file in it`)
  }
  return absolute(path)
}

/** Whether a path can be that of a directory only, by how it ends. */
export function namesDirectory(path: string): boolean {
  return (sep === '/' ? /(^|\/)\.{0,2}$/ : /(^|[\\/])\.{0,2}$/).test(path)
}

function textOf(destination: Destination): string {
  const isUrl =
    destination instanceof URL ||
    (typeof destination === 'string' && /^(file:|[a-z][\w+.-]+:\/\/)/i.test(destination))
  if (isUrl) {
    try {
      return fileURLToPath(destination)
    } catch (cause) {
      throw new QueryError('destination: a URL must be a file: URL of this machine', { cause })
    }
  }
  if (typeof destination !== 'string' || destination === '' || destination.includes('\0')) {
    throw new QueryError('destination: must be a path or a file: URL')
  }
  return destination
}

function absolute(path: string): string {
  try {
    // Behind a link, `..` leads elsewhere than the text says: there it is left to the system.
    const isPlain = sep !== '/' || !path.split(sep).includes('..')
    if (isPlain) return resolve(path)
    return isAbsolute(path) ? path : `${process.cwd()}/${path}`
  } catch (cause) {
    throw new DestinationError(`Cannot write ${path}: the working directory is gone`, { path, cause })
  }
}

/** Whatever the system says of a destination, as an error of the family. */
export function destinationError(error: unknown, path: string): Error {
  if (error instanceof Dhis2ClientError) return error
  // A path may be so long that the message would end before it says why.
  const shown = path.length > 300 ? `${path.slice(0, 200)}…${path.slice(-80)}` : path
  const reason = (error as Error).message.replaceAll(path, shown)
  return new DestinationError(`Cannot write ${shown}: ${reason}`, { path, cause: error })
}
