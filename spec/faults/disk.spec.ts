import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Dhis2Client } from '../../lib/index.ts'
import { gridJson } from '../../lib/testing/grid-bytes.ts'
import { httpText, type RawServer, rawServer } from '../support/raw-server.ts'
import { environment, nodeArguments, run } from '../support/run-script.ts'
import { assertExpected, failureOf, query } from './support.ts'

const grid = Buffer.concat([...gridJson({ rows: 5000 })])
const child = fileURLToPath(new URL('stream-to-child.ts', import.meta.url))
const poorDisk = new URL('poor-disk.ts', import.meta.url).href
const onWindows = process.platform === 'win32' && 'there are neither modes nor signals here'

describe('a disk that fails', () => {
  let directory: string
  let path: string
  let server: RawServer
  let client: Dhis2Client
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fault-'))
    path = join(directory, 'old.json')
    await writeFile(path, 'as it was')
    server = await rawServer((socket) => socket.write(httpText({}, grid)))
    client = new Dhis2Client({ baseUrl: server.url, retry: false })
  })
  afterEach(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  async function assertOldFile(): Promise<void> {
    assert.deepEqual(await readdir(directory), ['old.json'])
    assert.equal(await readFile(path, 'utf8'), 'as it was')
  }

  it('a full disk is a DestinationError, and the old file stays', {
    skip: onWindows,
    timeout: 30_000,
  }, async () => {
    // What a full disk does to a write, a limit on the size of files does as well, and needs no disk to fill.
    const output = await limited(64, [child, server.url, path])
    assert.deepEqual(JSON.parse(output), { code: 'ERR_DESTINATION', cause: 'EFBIG', named: true })
    await assertOldFile()
  })

  it('a directory that can not be written to is a DestinationError', {
    skip: onWindows,
  }, async () => {
    await chmod(directory, 0o555)
    const error = await asNobody(() => failureOf(client.analytics.streamTo(path, query)))
    await chmod(directory, 0o755)
    assertExpected(error, { code: 'ERR_DESTINATION', message: /EACCES/, fields: { path } })
    await assertOldFile()
  })

  it('a directory that becomes read-only while the query runs leaves nothing behind', {
    skip: onWindows,
  }, async () => {
    const below = join(directory, 'a')
    await chmod(directory, 0o777)
    await asNobody(async () => {
      await mkdir(below)
      await using slow = await rawServer(async (socket) => {
        await chmod(below, 0o555)
        socket.write(httpText({}, grid))
      })
      await using other = new Dhis2Client({ baseUrl: slow.url, retry: false })
      const error = await failureOf(other.analytics.streamTo(join(below, 'b', 'new.json'), query))
      assertExpected(error, { code: 'ERR_DESTINATION', message: /EACCES/ })
      assert.ok(error.request?.url.startsWith(slow.url))
    })
    assert.deepEqual(await readdir(below), [])
    await rm(below, { recursive: true })
    await assertOldFile()
  })

  it('a directory in place of the file, and a file in place of a directory, are refused', async () => {
    for (const wrong of [directory, join(path, 'new.json'), join(path, 'a', 'new.json')]) {
      const error = await failureOf(client.analytics.streamTo(wrong, query))
      assertExpected(error, { code: 'ERR_DESTINATION', fields: { path: wrong } })
    }
    assert.equal(server.requests.length, 0)
    await assertOldFile()
  })

  it('a device is refused, and not replaced by a file', { skip: onWindows }, async () => {
    assertExpected(await failureOf(client.analytics.streamTo('/dev/null', query)), {
      code: 'ERR_DESTINATION',
      message: /device or a pipe/,
    })
    assert.ok((await stat('/dev/null')).isCharacterDevice())
  })

  it('a circle of links is refused', { skip: onWindows }, async () => {
    await symlink(join(directory, 'b'), join(directory, 'a'))
    await symlink(join(directory, 'a'), join(directory, 'b'))
    const error = await failureOf(client.analytics.streamTo(join(directory, 'a'), query))
    assertExpected(error, { code: 'ERR_DESTINATION', message: /circle/ })
  })

  it('a symlink keeps pointing, and the file behind it is the new one', { skip: onWindows }, async () => {
    const link = join(directory, 'latest.json')
    await symlink('old.json', link)
    await client.analytics.streamTo(link, query)
    assert.equal(await readlink(link), 'old.json')
    assert.deepEqual(await readFile(path), grid)
    assert.deepEqual((await readdir(directory)).sort(), ['latest.json', 'old.json'])
  })

  for (const [call, codes] of [
    ['renameSync', ['EPERM', 'EACCES', 'EBUSY']],
    ['fdatasync', ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EISDIR']],
    ['fchmod', ['EPERM', 'ENOTSUP', 'EIO']],
    ['fchown', ['EPERM', 'EINVAL', 'ENOSYS']],
  ] as const) {
    for (const code of codes) {
      it(`${call} that fails a few times with ${code} loses no download`, { timeout: 30_000 }, async () => {
        assert.equal(await onPoorDisk(`${call} ${code} 3`, [server.url, path]), 'written')
        assert.deepEqual(await readFile(path), grid)
        assert.deepEqual(await readdir(directory), ['old.json'])
      })
    }
  }

  for (const poor of ['renameSync EXDEV 1', 'renameSync ENOENT 1', 'renameSync EBUSY 100000']) {
    it(`${poor} is a DestinationError, and the old file stays`, { timeout: 30_000 }, async () => {
      const [, cause] = poor.split(' ')
      const output = await onPoorDisk(poor, [server.url, path])
      assert.deepEqual(JSON.parse(output), { code: 'ERR_DESTINATION', cause, named: true })
      await assertOldFile()
    })
  }

  for (const code of ['EIO', 'ENOSPC', 'EDQUOT']) {
    for (const call of ['fdatasync', 'close']) {
      it(`${call} that fails with ${code} is one of the disk, and the old file stays`, async () => {
        const output = await onPoorDisk(`${call} ${code} 1`, [server.url, path])
        assert.deepEqual(JSON.parse(output), { code: 'ERR_DESTINATION', cause: code, named: true })
        await assertOldFile()
      })
    }
  }

  for (const poor of ['openSync EMFILE 1', 'openSync ENOSPC 1', 'mkdirSync EDQUOT 1']) {
    it(`${poor} is told before anything is sent`, async () => {
      const [, cause] = poor.split(' ')
      const output = await onPoorDisk(poor, [server.url, join(directory, 'made', 'new.json')])
      assert.deepEqual(JSON.parse(output), { code: 'ERR_DESTINATION', cause, named: false })
      await assertOldFile()
      assert.equal(server.requests.length, 0)
    })
  }

  it('an output that was sent to a file is not replaced by one', { skip: onWindows }, async () => {
    const shell = spawn(
      'bash',
      [
        '-c',
        '"$@" > "$0"',
        join(directory, 'out'),
        process.execPath,
        ...nodeArguments,
        child,
        server.url,
        '/dev/stdout',
      ],
      { env: quiet(), stdio: 'inherit' },
    )
    await new Promise((resolve) => shell.once('close', resolve))
    assert.match(await readFile(join(directory, 'out'), 'utf8'), /^\{"code":"ERR_DESTINATION"/)
    assert.equal(server.requests.length, 0)
    await rm(join(directory, 'out'))
  })

  it('many streamTo of one destination at once leave one whole file', { timeout: 30_000 }, async () => {
    const bodies = Array.from({ length: 8 }, (_, n) =>
      Buffer.concat([...gridJson({ rows: 1000 + 400 * n, seed: n })]),
    )
    await using many = await rawServer((socket, _, nth) => socket.end(httpText({}, bodies[nth]!)))
    await using other = new Dhis2Client({ baseUrl: many.url })
    const sizes = await Promise.all(
      bodies.map(() => other.analytics.streamTo(path, query, { chunkSize: 1000 })),
    )
    const written = await readFile(path)
    assert.ok(bodies.some((body) => body.equals(written)))
    assert.deepEqual(sizes.sort(), bodies.map((body) => body.length).sort())
    assert.deepEqual(await readdir(directory), ['old.json'])
  })

  it('SIGKILL in the middle leaves the old file, and a name that says what it is', {
    skip: onWindows,
    timeout: 30_000,
  }, async () => {
    await using stalled = await rawServer((socket) =>
      socket.write(httpText({ 'content-length': '9000000' }, grid)),
    )
    const running = spawn(process.execPath, [...nodeArguments, child, stalled.url, path], { env: quiet() })
    const ended = new Promise((resolve) => running.once('exit', resolve))
    let left: string[] = []
    for (let size = 0; size < 100_000; ) {
      left = (await readdir(directory)).filter((name) => name !== 'old.json')
      if (left[0]) size = (await stat(join(directory, left[0]))).size
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    running.kill('SIGKILL')
    await ended
    assert.equal(await readFile(path, 'utf8'), 'as it was')
    assert.equal(left.length, 1)
    assert.match(left[0]!, /^old\.json\.[0-9a-f]{12}\.partial$/)
  })

  it('an abort in the middle leaves the old file and nothing else', async () => {
    await using stalled = await rawServer((socket) =>
      socket.write(httpText({ 'content-length': '9000000' }, grid)),
    )
    await using other = new Dhis2Client({ baseUrl: stalled.url })
    const abort = new AbortController()
    const onProgress = ({ transferredBytes }: { transferredBytes: number }) => {
      if (transferredBytes > 0) abort.abort()
    }
    const options = { signal: abort.signal, chunkSize: 1000, onProgress }
    await assert.rejects(other.analytics.streamTo(path, query, options), { name: 'AbortError' })
    await assertOldFile()
  })

  it('what onProgress throws is what streamTo fails with, once and untried again', async () => {
    const boom = new Error('mine')
    const options = {
      retry: { attempts: 5 },
      onProgress: () => {
        throw boom
      },
    }
    await assert.rejects(client.analytics.streamTo(path, query, options), (error) => error === boom)
    assert.equal(server.requests.length, 1)
    await assertOldFile()
  })
})

/** Runs node with files limited to so many KiB; what it prints. */
function limited(kibibytes: number, args: readonly string[]): Promise<string> {
  const command = 'ulimit -f "$1"; shift; exec "$@"'
  const shell = spawn(
    'bash',
    ['-c', command, 'bash', String(kibibytes), process.execPath, ...nodeArguments, ...args],
    {
      env: quiet(),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let output = ''
  shell.stdout.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve) => shell.once('close', () => resolve(output)))
}

/** Writes one answer with a disk that fails in one way; what the process prints. */
async function onPoorDisk(poor: string, args: readonly string[]): Promise<string> {
  const env = { ...environment(), POOR_DISK: poor }
  const { stdout } = await run(
    process.execPath,
    [...nodeArguments, '--import', poorDisk, child, ...args],
    tmpdir(),
    env,
  )
  return stdout
}

/** Coverage of a child that is limited or killed can't be written. */
function quiet(): Record<string, string | undefined> {
  const { NODE_V8_COVERAGE: _, ...env } = environment()
  return env
}

/** Root may write anywhere: so somebody else does, for as long as it takes. */
async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return action()
  process.seteuid?.(65534)
  try {
    return await action()
  } finally {
    process.seteuid?.(0)
  }
}
