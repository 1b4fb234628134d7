import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { it } from 'node:test'
import { demoToken } from '../../examples/support/dhis2-server.ts'
import {
  type AnalyticsQuery,
  type ClientOptions,
  Dhis2Client,
  Dhis2ClientError,
  type ErrorCode,
  personalAccessToken,
} from '../../lib/index.ts'
import { activeResources, assertNoSecrets, eventually } from '../support/leaks.ts'

/** The four ways to get data, each to its end. */
export const ways = {
  async stream(client: Dhis2Client, query: AnalyticsQuery) {
    const chunks: Buffer[] = []
    for await (const chunk of client.analytics.stream(query)) chunks.push(chunk)
    return Buffer.concat(chunks)
  },
  async rows(client: Dhis2Client, query: AnalyticsQuery) {
    const rows: unknown[] = []
    for await (const row of client.analytics.rows(query)) rows.push(row)
    return rows
  },
  aggregate: (client: Dhis2Client, query: AnalyticsQuery) => client.analytics.aggregate(query),
  streamTo: (client: Dhis2Client, query: AnalyticsQuery, path: string) =>
    client.analytics.streamTo(path, query),
}

export type Way = keyof typeof ways
export const all = Object.keys(ways) as Way[]
/** Those that look into the JSON. */
export const parsing: Way[] = ['rows', 'aggregate']
/** Those that look for its end. */
export const checking: Way[] = ['rows', 'aggregate', 'streamTo']
/** Those whose result leaves nobody's hands before it is whole. */
export const collecting: Way[] = ['aggregate', 'streamTo']
/** Those that hand on what comes, as it comes. */
export const passing: Way[] = ['stream', 'rows']

/** What an error must be like: its code, and some of its fields or a pattern of its message. */
export interface Expected {
  readonly code: ErrorCode
  readonly message?: RegExp
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface Fault {
  /** A server that misbehaves at the next request but for `/api/system/info`. */
  readonly server: { readonly url: string; readonly openSockets: number }
  readonly way: Way
  readonly query?: AnalyticsQuery
  readonly options?: Partial<ClientOptions>
  readonly expected: Expected
}

export const query: AnalyticsQuery = { dx: 'fbfJHSPpUQD', pe: '202401', ou: 'ImspTQPwCqd' }

/**
 * Meets a fault, and sees to it that the error is the right one, names the request and shows no secret; that an old
 * file is as it was with nothing beside it; that the client goes on working; that nothing is left once it is closed.
 */
export async function assertFault(fault: Fault): Promise<void> {
  const { server, way, expected, options } = fault
  const directory = await mkdtemp(join(tmpdir(), 'fault-'))
  const before = activeResources()
  const name = `old${extname(fault.query?.endpoint ?? 'x.json')}`
  const path = join(directory, name)
  await writeFile(path, 'as it was')
  const client = new Dhis2Client({
    baseUrl: server.url,
    auth: personalAccessToken(demoToken),
    retry: false,
    ...options,
  })
  try {
    const error = await failureOf(ways[way](client, fault.query ?? query, path))
    assertExpected(error, expected)
    assert.ok(error.request?.url.startsWith(server.url), 'the request is not named')
    assert.match(error.message, /\[GET http/)
    assertNoSecrets(error, [demoToken])
    assert.deepEqual(await readdir(directory), [name])
    assert.equal(await readFile(path, 'utf8'), 'as it was')
    assert.equal((await client.system.info()).version, '2.43.1')
  } finally {
    await client.close()
    await rm(directory, { recursive: true })
  }
  await eventually(() => server.openSockets === 0, 'every socket is closed')
  await eventually(() => isWithin(activeResources(), before), `nothing is left but ${before}`)
}

/** The error a call ends with, which must be one of the family. */
export async function failureOf(call: Promise<unknown>): Promise<Dhis2ClientError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome)) assert.fail(`it went well: ${String(outcome.value).slice(0, 80)}`)
  if (!(outcome.error instanceof Dhis2ClientError)) throw outcome.error
  return outcome.error
}

export function assertExpected(error: Dhis2ClientError, { code, message, fields = {} }: Expected): void {
  assert.equal(error.code, code, `${error}`)
  if (message) assert.match(error.message, message)
  const actual = Object.fromEntries(
    Object.keys(fields).map((name) => [name, (error as unknown as Record<string, unknown>)[name]]),
  )
  assert.deepEqual(actual, fields)
}

/** One test for each way in which a fault can be met. */
export function faultTests(title: string, among: readonly Way[], meet: (way: Way) => Promise<void>): void {
  for (const way of among) it(`${way}: ${title}`, { timeout: 20_000 }, () => meet(way))
}

function isWithin(now: readonly string[], before: readonly string[]): boolean {
  const left = [...before]
  return now.every((resource) => {
    const at = left.indexOf(resource)
    if (at !== -1) left.splice(at, 1)
    return at !== -1
  })
}
