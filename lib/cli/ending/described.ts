import type { ErrorCode, RequestSummary } from '../../index.ts'
import { oneLine } from '../terminal/one-line.ts'
import { Failure, type FailureKind, statusOf } from './failure.ts'

/** What is told of a failure. */
export interface Described {
  readonly kind: FailureKind
  readonly status: number
  readonly message: string
  readonly remedy: string
  /** As far as the error has them. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Of the package's errors, by their codes, which stay the same. */
const kinds: Readonly<Record<ErrorCode, readonly [FailureKind, remedy: string]>> = {
  ERR_QUERY: ['usage', 'The --help of the command has examples.'],
  ERR_DHIS2_API: ['server', 'The server has refused it: change the question, or ask who runs the server.'],
  ERR_AUTHENTICATION: [
    'auth',
    'Check the address and DHIS2_PAT, or DHIS2_USERNAME and DHIS2_PASSWORD; a token may have expired.',
  ],
  ERR_UNEXPECTED_CONTENT: ['data', 'Check the address, and what stands between you and the server.'],
  ERR_TRUNCATED_RESPONSE: [
    'incomplete',
    'Run it again; where it breaks off every time, ask for less at once.',
  ],
  ERR_GRID_FORMAT: ['data', 'What came is no grid as DHIS2 sends it: look at it with --format raw.'],
  ERR_ROW: ['data', 'Leave the column out with --columns, or write a format that takes it, such as csv.'],
  ERR_TIMEOUT: ['network', 'Run it again, or ask for less at once.'],
  ERR_CONNECTION: ['network', 'Check the address, the network and the proxy, and run it again.'],
  ERR_CLIENT_CLOSED: ['internal', 'Run it again.'],
  ERR_DESTINATION: ['disk', 'Make room, or name another place with --to.'],
  ERR_UNKNOWN_OUTCOME: [
    'incomplete',
    'Look whether the rows are there; all modes but append may be run again.',
  ],
  ERR_DATASET: ['data', 'Nothing was changed.'],
  ERR_INCOMPLETE: ['incomplete', 'Run it again: what is there is not asked for anew.'],
  ERR_NEVER_RAN: [
    'server',
    'Have analytics tables made there, or ask who runs the server to, and run it again.',
  ],
}

const told = [
  'code',
  'httpStatus',
  'errorCode',
  'rowNumber',
  'column',
  'path',
  'differences',
  'heldSince',
  'request',
] as const

/** How the package begins where the address can be none. */
const aboutAddress = /^baseUrl\b/

type Told = Partial<
  Record<'code' | 'httpStatus' | 'errorCode' | 'syscall' | 'heldSince', string | number>
> & {
  readonly message: string
}

export function described(error: unknown): Described {
  const details = detailsOf(error)
  const [kind, remedy] = kindOf(error)
  return { kind, status: statusOf[kind], message: messageOf(error), remedy, details }
}

function kindOf(error: unknown): readonly [FailureKind, string] {
  if (error instanceof Failure) return [error.kind, error.remedy]
  const { code, httpStatus, errorCode, syscall, heldSince, message } = error as Told
  if (heldSince !== undefined) return ['busy', 'Wait for it, and run this again then.']
  if (httpStatus === 403)
    return ['auth', 'Your user may not do this: ask who runs the server for the right to.']
  if (httpStatus === 404) return ['server', 'There is no such thing: check the address, and --endpoint.']
  if (errorCode === 'E7611') return ['server', 'Write periods as 202401, 2024Q1, 2024 or LAST_12_MONTHS.']
  if (aboutAddress.test(message)) return ['usage', 'It is DHIS2_URL, --url or the url of the profile.']
  const known = kinds[code as ErrorCode]
  if (known) return known
  if (syscall !== undefined) return ['disk', 'Check the name, and that you may read and write there.']
  return ['internal', 'This should not happen: please report it, with what --verbose tells.']
}

/** Without the request, which --verbose and --json-errors tell, and in words of a command line. */
function messageOf(error: unknown): string {
  const { message, request } = error as { message?: string; request?: RequestSummary }
  const said = oneLine(message || String(error))
    .replace(aboutAddress, 'The address of the server')
    .replace('auth: basicAuth(username, password)', 'DHIS2_USERNAME and DHIS2_PASSWORD')
    .replaceAll(/\b(the )?baseUrl\b/g, 'the address')
    // OpenSSL says where in its source it was.
    .replace(/\b[\dA-F]+:error:\w+:[^:]*:\w+:([^:]*):[^:]*:\d+: ?/, '$1')
  return request ? said.replace(/ \[[A-Z]+ \S*\]$/, '') : said
}

function detailsOf(error: unknown): Record<string, unknown> {
  if (typeof error !== 'object' || error === null) return {}
  const has = error as Readonly<Record<string, unknown>>
  return Object.fromEntries(told.flatMap((name) => (has[name] === undefined ? [] : [[name, has[name]]])))
}
