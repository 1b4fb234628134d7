import {
  AuthenticationError,
  ClientClosedError,
  ConnectionError,
  DatasetError,
  Dhis2ApiError,
  Dhis2ClientError,
  GridFormatError,
  QueryError,
  TimeoutError,
  TruncatedResponseError,
  UnexpectedContentError,
} from '../../errors.ts'
import { isTransient } from '../../http/failures.ts'
import type { Piece } from '../piece.ts'

/** What is done about a piece that failed. */
export type Verdict =
  /** The run stops: nothing else will go better. */
  | { readonly act: 'stop' }
  /** It has no rows, and that is right. */
  | { readonly act: 'empty' }
  /** It is set aside as it is: no part of it would go better. */
  | { readonly act: 'setAside' }
  /** The server asks to be left alone: all wait, then again. */
  | { readonly act: 'wait'; readonly ms: number | undefined }
  /** The tables are missing, or being swapped: all wait once, then the run stops. */
  | { readonly act: 'waitForTables' }
  /** Again as it is, a few times, then cut. `isOutage` is where it may be the server's fault alone: all wait. */
  | { readonly act: 'again'; readonly isOutage: boolean }
  /** Cut. `isSize` is where all others of its group are too large as well, `isHeavy` where the server is at its end. */
  | { readonly act: 'cut'; readonly isSize: boolean; readonly isHeavy: boolean }

const stop = { act: 'stop' } as const
const again = { act: 'again', isOutage: false } as const
const outage = { act: 'again', isOutage: true } as const
const tooLarge = { act: 'cut', isSize: true, isHeavy: false } as const
const tooHeavy = { act: 'cut', isSize: true, isHeavy: true } as const
/** Some item of it is wrong: it is cut until that is alone. */
const wrong = { act: 'cut', isSize: false, isHeavy: false } as const

/** What proxies say of a server that did not answer, or not in time. */
const ofProxies = [502, 504, 520, 522, 524]

/** What a failure means that came after so many milliseconds; `slowMs` is from when on it is the work that took long. */
export function verdictOn(error: Error, piece: Piece, tookMs: number, slowMs: number): Verdict {
  const isSlow = tookMs >= slowMs
  if (error instanceof AuthenticationError || error instanceof ClientClosedError) return stop
  if (error instanceof Dhis2ApiError) return verdictOnAnswer(error, piece, isSlow)
  if (error instanceof TimeoutError) {
    if (error.phase === 'headers') return tooHeavy
    return error.phase === 'connect' ? outage : again
  }
  if (error instanceof ConnectionError) {
    if (!isTransient(error)) return stop
    return isSlow ? tooHeavy : outage
  }
  if (
    error instanceof TruncatedResponseError ||
    error instanceof GridFormatError ||
    error instanceof UnexpectedContentError
  ) {
    return again
  }
  // Of a list: no answer holds it, or an org unit of it is not there.
  if (error instanceof QueryError && piece.isList) return wrong
  return error instanceof DatasetError || !(error instanceof Dhis2ClientError) ? stop : wrong
}

function verdictOnAnswer(error: Dhis2ApiError, piece: Piece, isSlow: boolean): Verdict {
  const { httpStatus, errorCode, retryAfterMs, body } = error
  switch (errorCode) {
    case 'E7128':
      return tooLarge
    case 'E7131':
      return isSlow ? tooHeavy : again
    case 'E7144':
      return { act: 'waitForTables' }
    case 'E7143':
      return hasKeyword(piece) ? { act: 'empty' } : wrong
    case 'E7124':
      return { act: 'setAside' }
  }
  if (httpStatus === 401 || httpStatus === 403) return stop
  if (httpStatus === 429 || httpStatus === 503) return { act: 'wait', ms: retryAfterMs }
  if (httpStatus === 414 || httpStatus === 431) return tooLarge
  // DHIS2 says it in JSON: this is about the URL.
  if (httpStatus === 400 && typeof body === 'string') return tooLarge
  if (ofProxies.includes(httpStatus)) return isSlow ? tooHeavy : outage
  if (httpStatus >= 500) return isSlow ? tooHeavy : again
  return wrong
}

/** Whether its org units are those of a level or group below others, of which there may be none. */
function hasKeyword({ pairs }: Piece): boolean {
  return pairs.some(([, value]) => /^ou:(.*;)?(LEVEL-|OU_GROUP-)/.test(value))
}
