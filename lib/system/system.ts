import { z } from 'zod'
import { validate } from '../checks/validate.ts'
import { UnexpectedContentError } from '../errors.ts'
import { type CallOptions, callOptionsSchema } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { wholeBody } from '../http/whole-body.ts'

/** What a server says of itself. Fields not listed are kept. */
export interface SystemInfo {
  /** Such as `2.42.1`. */
  version: string
  revision?: string
  systemName?: string
  contextPath?: string
  serverDate?: string
  /** The calendar of its periods: `iso8601`, `ethiopian`, … */
  calendar?: string
  [field: string]: unknown
}

/** What servers say takes some ten thousand. */
const mostBytes = 4 * 1024 * 1024

const refusal = 'This is not the system info of a DHIS2 server'

const schema = z.looseObject({ version: z.string() })

/** What is not analytics. Get it as `client.system`. */
export class System {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  /**
   * `GET /api/system/info`: a quick way to see that the address and the credentials are right.
   *
   * @throws every error of the family; an AbortError where `signal` says so.
   */
  async info(options: CallOptions = {}): Promise<SystemInfo> {
    const checked = validate(callOptionsSchema, options, 'info options')
    const prepared = this.#server.prepare('/api/system/info', '', checked)
    const body = this.#server.body(prepared, checked)
    const said = schema.safeParse(await wholeBody(body, mostBytes, refusal))
    if (said.success) return said.data as SystemInfo
    throw new UnexpectedContentError(refusal, { request: body.request, cause: said.error })
  }
}
