import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { demoToken, type Misbehaviour, startDhis2 } from '../examples/support/dhis2-server.ts'
import { Dhis2Client, Dhis2ClientError, type ErrorCode, personalAccessToken } from '../lib/index.ts'

/**
 * 200 pulls at once through a pool of 10, a tenth of them broken, for a minute: `tsx bench/soak.ts [seconds]`. Every
 * good one has to be byte-exact, every bad one to end with its right error; memory has to stay flat, and what the
 * process holds to go back to where it was. Exits with 1 otherwise.
 */
const seconds = Number(process.argv[2] ?? 60)
const pulls = 200
const ways = ['stream', 'rows', 'aggregate', 'streamTo'] as const
const rows = 2000

/** What a server or a proxy may do, and the error it has to end with. */
const faults: [step: Misbehaviour, code: ErrorCode][] = [
  [{ truncateAfter: 30_000 }, 'ERR_TRUNCATED_RESPONSE'],
  [{ truncateChunked: 30_000 }, 'ERR_TRUNCATED_RESPONSE'],
  [{ destroyBeforeHeaders: true }, 'ERR_CONNECTION'],
  [{ status: 503 }, 'ERR_DHIS2_API'],
  [{ status: 502, body: '<html><title>Bad Gateway</title>' }, 'ERR_DHIS2_API'],
  [{ status: 409 }, 'ERR_DHIS2_API'],
  [{ status: 401 }, 'ERR_AUTHENTICATION'],
  [{ redirect: '/login/' }, 'ERR_AUTHENTICATION'],
  [{ body: '<!doctype html><html><input type="password">' }, 'ERR_AUTHENTICATION'],
  [{ body: '' }, 'ERR_UNEXPECTED_CONTENT'],
  [{ stallAfter: 20_000 }, 'ERR_TIMEOUT'],
]

const before = held()
const directory = await mkdtemp(join(tmpdir(), 'soak-'))
const server = await startDhis2({ rows })
const client = new Dhis2Client({
  baseUrl: server.url,
  auth: personalAccessToken(demoToken),
  pool: { connections: 10 },
  retry: false,
  timeouts: { bodyMs: 1000 },
})

const wanted = Buffer.concat(await client.analytics.stream(queryOf('first')).toArray())
const wantedHash = hashOf(wanted)
const wantedRows = (JSON.parse(wanted.toString()) as { rows: unknown[][] }).rows
const wantedRowsHash = hashOf(JSON.stringify(wantedRows))

let good = 0
let bad = 0
const wrong: string[] = []
const memory: number[] = []
const deadline = performance.now() + seconds * 1000

const watching = watchMemory()
await Promise.all(Array.from({ length: pulls }, (_, lane) => pullOnAndOn(lane)))
await watching
await client.close()
await server.close()
const litter = await readdir(directory)
await rm(directory, { recursive: true })
await settled()

verdict()

async function pullOnAndOn(lane: number): Promise<void> {
  for (let n = 0; performance.now() < deadline && wrong.length < 20; n++) {
    const id = `${lane}-${n}`
    const way = ways[(lane + n) % ways.length]!
    // A tenth, and every fault in every way.
    const fault = (lane + n) % 10 === 0 ? faults[(lane * 7 + n) % faults.length] : undefined
    if (fault) {
      server.misbehave({ ...fault[0], when: ({ query }) => query.get('id') === id })
    }
    const outcome = await pull(way, id).then(
      (exact) => (exact ? 'exact' : 'other bytes'),
      (error: unknown) => (error instanceof Dhis2ClientError ? error.code : String(error)),
    )
    if (outcome === (fault?.[1] ?? 'exact')) fault ? bad++ : good++
    else wrong.push(`${way} under ${JSON.stringify(fault?.[0] ?? 'nothing')}: ${outcome}`)
  }
}

/** Whether all of it came, byte for byte. */
async function pull(way: (typeof ways)[number], id: string): Promise<boolean> {
  switch (way) {
    case 'stream': {
      const hash = createHash('md5')
      for await (const chunk of client.analytics.stream(queryOf(id))) hash.update(chunk)
      return hash.digest('hex') === wantedHash
    }
    case 'rows':
      return hashOf(JSON.stringify(await client.analytics.rows(queryOf(id)).toArray())) === wantedRowsHash
    case 'aggregate':
      return hashOf(JSON.stringify((await client.analytics.aggregate(queryOf(id))).rows)) === wantedRowsHash
    case 'streamTo': {
      const path = join(directory, `${id}.json`)
      await client.analytics.streamTo(path, queryOf(id))
      const bytes = await readFile(path)
      await rm(path)
      return hashOf(bytes) === wantedHash
    }
    default:
      return way satisfies never
  }
}

function hashOf(data: string | Buffer): string {
  return createHash('md5').update(data).digest('hex')
}

function queryOf(id: string) {
  return { dx: 'fbfJHSPpUQD', pe: '202401', ou: 'ImspTQPwCqd', params: { id } }
}

async function watchMemory(): Promise<void> {
  while (performance.now() < deadline) {
    await sleep(Math.min(1000, (seconds * 1000) / 20))
    memory.push(process.memoryUsage().rss / 1e6)
  }
}

/** Sockets, timers and the like, by kind. */
function held(): string {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /^(Timeout|TCP|TLS|FS|Zlib)/.test(kind))
    .sort()
    .join()
}

async function settled(): Promise<void> {
  for (let waited = 0; waited < 5000 && held() !== before; waited += 50) await sleep(50)
}

function verdict(): void {
  // The first quarter warms up.
  const quarter = Math.floor(memory.length / 4)
  const early = Math.max(...memory.slice(quarter, 2 * quarter))
  const late = Math.max(...memory.slice(-quarter))
  const checks: [ok: boolean, what: string][] = [
    [wrong.length === 0, `${wrong.length} pulls ended otherwise than they should`],
    [good > 0 && bad > 0, `${good} good ones byte-exact, ${bad} bad ones with their right error`],
    [
      late < early * 1.3 + 30,
      `memory ${early.toFixed(0)} MB in the second quarter, ${late.toFixed(0)} MB in the last`,
    ],
    [held() === before, `held before: ${before || 'nothing'}; now: ${held() || 'nothing'}`],
    [litter.length === 0, `${litter.length} files left behind`],
    [server.peakOpenSockets <= 20, `${server.peakOpenSockets} sockets at once at most`],
  ]
  for (const [ok, what] of checks) console.log(ok ? 'ok  ' : 'FAIL', what)
  for (const line of new Set(wrong)) console.log('     ', line)
  process.exitCode = checks.every(([ok]) => ok) ? 0 : 1
}
