import { concealError } from './conceal.ts'

/** The request an error belongs to; never carries a credential. */
export interface RequestSummary {
  readonly method: string
  readonly url: string
}

/** Every `code` an error of this package can carry. Codes are stable; messages may change. */
export type ErrorCode =
  | 'ERR_QUERY'
  | 'ERR_DHIS2_API'
  | 'ERR_AUTHENTICATION'
  | 'ERR_UNEXPECTED_CONTENT'
  | 'ERR_TRUNCATED_RESPONSE'
  | 'ERR_GRID_FORMAT'
  | 'ERR_ROW'
  | 'ERR_TIMEOUT'
  | 'ERR_CONNECTION'
  | 'ERR_CLIENT_CLOSED'
  | 'ERR_DESTINATION'
  | 'ERR_UNKNOWN_OUTCOME'
  | 'ERR_DATASET'
  | 'ERR_INCOMPLETE'
  | 'ERR_NEVER_RAN'

interface ErrorContext {
  request?: RequestSummary | undefined
  cause?: unknown
}

/** What marks an error of this package. It is registered, so that two copies of it in one process know each other's. */
const mark = Symbol.for('dhis2-analytics-stream.error')

/** How long a message may be, in characters: some servers say a lot. */
const longestMessage = 4000

/** The root of every error this package makes. `request` is set wherever a request is known. */
export class Dhis2ClientError extends Error {
  override readonly name: string = 'Dhis2ClientError'
  readonly code: ErrorCode
  request?: RequestSummary
  readonly #details: readonly string[]

  /** `details` become properties, as far as they are defined. */
  constructor(code: ErrorCode, message: string, { request, cause }: ErrorContext = {}, details: object = {}) {
    const shown = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message
    super(shown, cause === undefined ? undefined : { cause })
    this.code = code
    const defined = Object.entries(details).filter(([, value]) => value !== undefined)
    Object.assign(this, Object.fromEntries(defined))
    this.#details = defined.map(([name]) => name)
    if (request) this.#name(request, true)
  }

  get [mark](): true {
    return true
  }

  /**
   * Names the request, once: in `request`, and shortened at the end of the message. From then on no credential of that
   * request shows in what the server said.
   */
  during(request: RequestSummary): this {
    if (!this.request) this.#name(request, false)
    return this
  }

  #name(request: RequestSummary, isNew: boolean): void {
    this.request = request
    concealError(this, this.#details, request, isNew)
    const url = request.url.length > 300 ? `${request.url.slice(0, 300)}…` : request.url
    this.message += ` [${request.method} ${url}]`
  }
}

/** A bad argument, found before anything is sent or written. The message says what to write instead. */
export class QueryError extends Dhis2ClientError {
  override readonly name = 'QueryError'
  declare readonly code: 'ERR_QUERY'

  constructor(message: string, context?: ErrorContext) {
    super('ERR_QUERY', message, context)
  }
}

interface ApiErrorContext extends ErrorContext {
  httpStatus: number
  errorCode?: string | undefined
  body?: unknown
  retryAfterMs?: number | undefined
}

type ApiErrorCode = 'ERR_DHIS2_API' | 'ERR_AUTHENTICATION'
type NameOf<Code> = Code extends 'ERR_AUTHENTICATION' ? 'AuthenticationError' : 'Dhis2ApiError'

/**
 * DHIS2, or a proxy before it, refused: a 4xx or 5xx status, or an error body under status 200.
 * `httpStatus` is the number, `errorCode` DHIS2's own (`E7124`); `body` is the parsed JSON, or else text, cut at 256 KiB;
 * `retryAfterMs` is how long a `Retry-After` header asks to wait.
 */
export class Dhis2ApiError<Code extends ApiErrorCode = ApiErrorCode> extends Dhis2ClientError {
  override readonly name: NameOf<Code> = 'Dhis2ApiError' as NameOf<Code>
  declare readonly code: Code
  declare readonly httpStatus: number
  declare readonly errorCode?: string
  declare readonly body?: unknown
  declare readonly retryAfterMs?: number

  constructor(
    message: string,
    context: ApiErrorContext,
    code: Code = 'ERR_DHIS2_API' as Code,
    details: object = {},
  ) {
    const { httpStatus, errorCode, body, retryAfterMs } = context
    super(code, message, context, { httpStatus, errorCode, body, retryAfterMs, ...details })
  }
}

/** Who you are was not accepted: 401, or a login page or a redirect to one in its place. */
export class AuthenticationError extends Dhis2ApiError<'ERR_AUTHENTICATION'> {
  override readonly name = 'AuthenticationError'
  /** What the `WWW-Authenticate` header said. */
  declare readonly challenge?: string

  constructor(message: string, context: ApiErrorContext & { challenge?: string | undefined }) {
    super(message, context, 'ERR_AUTHENTICATION', { challenge: context.challenge })
  }
}

/** The answer is not what the endpoint serves: HTML, an empty body, an array where a grid should be. */
export class UnexpectedContentError extends Dhis2ClientError {
  override readonly name = 'UnexpectedContentError'
  declare readonly code: 'ERR_UNEXPECTED_CONTENT'
  /** The first characters of the body, where there were any. */
  declare readonly excerpt?: string

  constructor(message: string, context: ErrorContext & { excerpt?: string | undefined } = {}) {
    super('ERR_UNEXPECTED_CONTENT', message, context, { excerpt: context.excerpt })
  }
}

/** The answer stopped before its end, in `unit`s. `expected` is missing where nobody announced it. */
export class TruncatedResponseError extends Dhis2ClientError {
  override readonly name = 'TruncatedResponseError'
  declare readonly code: 'ERR_TRUNCATED_RESPONSE'
  readonly unit: 'bytes' | 'rows'
  readonly expected?: number
  readonly received: number

  constructor(
    message: string,
    context: ErrorContext & { unit: 'bytes' | 'rows'; expected?: number | undefined; received: number },
  ) {
    super('ERR_TRUNCATED_RESPONSE', message, context)
    this.unit = context.unit
    this.received = context.received
    if (context.expected !== undefined) this.expected = context.expected
  }
}

/** The body is not a well-formed grid. `offset` is where, in bytes of the decoded body. */
export class GridFormatError extends Dhis2ClientError {
  override readonly name = 'GridFormatError'
  declare readonly code: 'ERR_GRID_FORMAT'
  declare readonly offset: number
  /** The bytes around `offset`, as text. */
  declare readonly excerpt?: string

  constructor(message: string, context: ErrorContext & { offset: number; excerpt?: string | undefined }) {
    const near = context.excerpt === undefined ? '' : `, near ${JSON.stringify(context.excerpt)}`
    const { offset, excerpt } = context
    super('ERR_GRID_FORMAT', `${message} (at byte ${offset}${near})`, context, { offset, excerpt })
  }
}

/**
 * A row is not what a schema, or the value type of a column, says. `rowNumber` counts the rows that reached the
 * transform, from 1; `column` is the header's `name`, where it is about one cell.
 */
export class RowError extends Dhis2ClientError {
  override readonly name = 'RowError'
  declare readonly code: 'ERR_ROW'
  readonly rowNumber: number
  readonly column?: string

  constructor(message: string, context: ErrorContext & { rowNumber: number; column?: string | undefined }) {
    const place = context.column === undefined ? '' : `, column ${JSON.stringify(context.column)}`
    super('ERR_ROW', `Row ${context.rowNumber}${place}: ${message}`, context)
    this.rowNumber = context.rowNumber
    if (context.column !== undefined) this.column = context.column
  }
}

/** Nothing happened for `timeoutMs`: no connection, no response headers, or no byte of the body. */
export class TimeoutError extends Dhis2ClientError {
  override readonly name = 'TimeoutError'
  declare readonly code: 'ERR_TIMEOUT'
  readonly phase: 'connect' | 'headers' | 'body'
  readonly timeoutMs: number

  constructor(
    message: string,
    context: ErrorContext & { phase: 'connect' | 'headers' | 'body'; timeoutMs: number },
  ) {
    super('ERR_TIMEOUT', message, context)
    this.phase = context.phase
    this.timeoutMs = context.timeoutMs
  }
}

/** The server could not be reached, or hung up before it answered; `cause` is the system's own error. */
export class ConnectionError extends Dhis2ClientError {
  override readonly name = 'ConnectionError'
  declare readonly code: 'ERR_CONNECTION'

  constructor(message: string, context: ErrorContext) {
    super('ERR_CONNECTION', message, context)
  }
}

/** A call made after `close()`, or still under way when it came. */
export class ClientClosedError extends Dhis2ClientError {
  override readonly name = 'ClientClosedError'
  declare readonly code: 'ERR_CLIENT_CLOSED'

  constructor(context?: ErrorContext) {
    super('ERR_CLIENT_CLOSED', 'The client is closed; make a new Dhis2Client', context)
  }
}

/** A file could not be written; `cause` is the system's own error. The file of that name is as it was. */
export class DestinationError extends Dhis2ClientError {
  override readonly name = 'DestinationError'
  declare readonly code: 'ERR_DESTINATION'
  readonly path: string

  constructor(message: string, context: ErrorContext & { path: string }) {
    super('ERR_DESTINATION', message, context)
    this.path = context.path
  }
}

/**
 * The connection to a database broke before COMMIT was answered: `table` has all of the load, or none of it. A load that
 * is repeated under `upsert`, `replace` or `replace-slice` is right either way; before `append` is repeated, somebody has
 * to look.
 */
export class UnknownOutcomeError extends Dhis2ClientError {
  override readonly name = 'UnknownOutcomeError'
  declare readonly code: 'ERR_UNKNOWN_OUTCOME'
  readonly table: string

  constructor(message: string, context: ErrorContext & { table: string }) {
    super('ERR_UNKNOWN_OUTCOME', message, context)
    this.table = context.table
  }
}

/**
 * A dataset can't be gone on with: it holds another question, or one that means something else by now (`hasMovedOn`), of
 * which `differences` says what; its journal is of a newer format; or another run has it (`heldSince`). Nothing was changed.
 */
export class DatasetError extends Dhis2ClientError {
  override readonly name = 'DatasetError'
  declare readonly code: 'ERR_DATASET'
  /** What is another in the question, a line each. */
  declare readonly differences?: readonly string[]
  /** True where the question is the same, and stands for other periods or org units by now: `refresh()` takes that on. */
  declare readonly hasMovedOn?: true
  /** Since when another run has it: ISO, UTC. */
  declare readonly heldSince?: string

  constructor(
    message: string,
    details: {
      differences?: readonly string[]
      hasMovedOn?: true
      heldSince?: string
      cause?: unknown
    } = {},
  ) {
    const { cause, ...told } = details
    super('ERR_DATASET', message, { cause }, told)
  }
}

/** What an incomplete run tells of itself, of the `PullReport` that its last event has whole. */
export interface IncompleteReport {
  readonly isComplete: boolean
  /** What was not got, and why. */
  readonly setAside: readonly { readonly piece: string; readonly covers: unknown; readonly reason: string }[]
  /** Data items that were asked for and have no row. */
  readonly withoutRows: readonly string[]
}

/** A run has ended without some of its pieces; what it got is there for good. `report` tells what is missing. */
export class IncompletePullError extends Dhis2ClientError {
  override readonly name = 'IncompletePullError'
  declare readonly code: 'ERR_INCOMPLETE'
  readonly report: IncompleteReport

  constructor(message: string, report: IncompleteReport) {
    super('ERR_INCOMPLETE', message)
    this.report = report
  }
}

/**
 * The analytics of a server never ran, so that every query would be answered with no rows and status 200. Nothing was
 * pulled.
 */
export class NeverRanError extends Dhis2ClientError {
  override readonly name = 'NeverRanError'
  declare readonly code: 'ERR_NEVER_RAN'

  constructor(message: string, context?: ErrorContext) {
    super('ERR_NEVER_RAN', message, context)
  }
}

/** Any error of this package, told apart by `code`, or by `name`. */
export type Dhis2Error =
  | QueryError
  | Dhis2ApiError<'ERR_DHIS2_API'>
  | AuthenticationError
  | UnexpectedContentError
  | TruncatedResponseError
  | GridFormatError
  | RowError
  | TimeoutError
  | ConnectionError
  | ClientClosedError
  | DestinationError
  | UnknownOutcomeError
  | DatasetError
  | IncompletePullError
  | NeverRanError

/** Whether something that was caught is an error of this package, so that a `switch` on its `code` tells which. */
export function isDhis2Error(error: unknown): error is Dhis2Error {
  return error instanceof Error && mark in error
}
