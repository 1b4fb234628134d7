import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, lstat, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Misbehaviour } from '../../examples/support/dhis2-server.ts'
import {
  AuthenticationError,
  bearerToken,
  type ClientOptions,
  DestinationError,
  Dhis2ApiError,
  Dhis2Client,
  type Progress,
  QueryError,
  TruncatedResponseError,
  UnexpectedContentError,
} from '../../lib/index.ts'
import { FileSink } from '../../lib/sinks/file.ts'
import { connected, hangUp, question } from '../support/connected.ts'
import { generated } from '../support/grids.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'

const program = 'IpHINAT79UW'

/** A directory with one old file in it. */
async function withOldFile(t: TestContext): Promise<{ directory: string; path: string }> {
  const directory = await emptyDirectory(t)
  const path = join(directory, 'old.json')
  await writeFile(path, 'as it was')
  return { directory, path }
}

async function isAsItWas(directory: string): Promise<void> {
  assert.deepEqual(await filesIn(directory), ['old.json'])
  assert.equal(await readFile(join(directory, 'old.json'), 'utf8'), 'as it was')
}

describe('streamTo', () => {
  // Bytes of every value, so that nothing can be taken for text.
  const binary = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 256))
  const bodies: [string, `/api/${string}`, Buffer][] = [
    ['json', '/api/analytics.json', generated({ rows: 1500 })],
    ['csv', '/api/analytics.csv', Buffer.from('Data,Value\nRéférée,"1\n2"\n'.repeat(2000))],
    ['binary', '/api/analytics.xlsx', Buffer.concat([Buffer.from('PK\u0003\u0004'), binary])],
  ]
  for (const [kind, endpoint, body] of bodies) {
    for (const chunkSize of [1, 7, 65_536, undefined]) {
      // A write a byte: enough of them to tell, and no more.
      const bytes = chunkSize === 1 && kind !== 'json' ? body.subarray(0, 5000) : body
      const expected = chunkSize === 1 && kind === 'json' ? generated({ rows: 50 }) : bytes
      it(`writes ${kind} as it came, ${chunkSize ?? 'by default 1 MiB'} bytes at a time`, async (t) => {
        const { server, client } = await connected(t)
        const directory = await emptyDirectory(t)
        server.serve(endpoint, expected)
        const path = join(directory, 'out')
        assert.equal(await client.analytics.streamTo(path, { endpoint }, { chunkSize }), expected.length)
        assert.ok(expected.equals(await readFile(path)))
        assert.deepEqual(await filesIn(directory), ['out'])
      })
    }
  }

  for (const endpoint of [
    '/api/analytics.csv',
    '/api/analytics/rawData.json',
    '/api/analytics/rawData.csv',
    '/api/analytics/dataValueSet.json',
    '/api/analytics/dataValueSet.xml',
    `/api/analytics/events/query/${program}.json`,
    `/api/analytics/enrollments/query/${program}.csv`,
  ]) {
    it(`writes ${endpoint}, byte for byte what a plain request gets, also from behind a proxy that compresses`, async (t) => {
      const { server, client } = await connected(t, { compress: 'gzip', manners: { shufflesTies: false } })
      const path = join(await emptyDirectory(t), 'out')
      const bytes = await client.analytics.streamTo(path, { ...question, endpoint })
      const { url } = server.requests[0]!
      const { authorization } = server.requests[0]!.headers
      const plain = await fetch(new URL(url, server.url), {
        headers: { authorization: String(authorization), 'accept-encoding': 'identity' },
      })
      const expected = Buffer.from(await plain.arrayBuffer())
      assert.equal(bytes, expected.length)
      assert.ok(expected.equals(await readFile(path)))
    })
  }

  it('makes missing directories', async (t) => {
    const { client } = await connected(t)
    const path = join(await emptyDirectory(t), 'a', 'b', 'c', 'grid.json')
    const bytes = await client.analytics.streamTo(path, question)
    assert.equal((await stat(path)).size, bytes)
  })

  it('takes a file URL, as an object or as text', async (t) => {
    const { client } = await connected(t)
    const directory = await emptyDirectory(t)
    await client.analytics.streamTo(pathToFileURL(join(directory, 'a b.json')), question)
    await client.analytics.streamTo(pathToFileURL(join(directory, 'c%d.json')).href, question)
    assert.deepEqual(await filesIn(directory), ['a b.json', 'c%d.json'])
  })

  it('replaces a file and keeps its mode', async (t) => {
    const { client } = await connected(t)
    const { directory, path } = await withOldFile(t)
    await chmod(path, 0o640)
    const bytes = await client.analytics.streamTo(path, question)
    const { mode, size } = await stat(path)
    assert.equal(mode & 0o777, 0o640)
    assert.equal(size, bytes)
    assert.deepEqual(await filesIn(directory), ['old.json'])
  })

  it('replaces the file that a symbolic link points to, over two links, and keeps the link', async (t) => {
    const { client } = await connected(t)
    const { directory } = await withOldFile(t)
    await mkdir(join(directory, 'links'))
    await symlink('../old.json', join(directory, 'links', 'first'))
    await symlink('links/first', join(directory, 'second'))
    const bytes = await client.analytics.streamTo(join(directory, 'second'), question)
    assert.equal(await readlink(join(directory, 'second')), 'links/first')
    assert.equal((await lstat(join(directory, 'old.json'))).size, bytes)
  })

  it('makes the file that a link points to in vain', async (t) => {
    const { client } = await connected(t)
    const directory = await emptyDirectory(t)
    await symlink('new.json', join(directory, 'link'))
    await client.analytics.streamTo(join(directory, 'link'), question)
    assert.deepEqual(await filesIn(directory), ['new.json'])
  })

  it('tells of its progress, with the end at the bytes it resolves to', async (t) => {
    const { client } = await connected(t)
    const reports: Progress[] = []
    const path = join(await emptyDirectory(t), 'grid.json')
    const bytes = await client.analytics.streamTo(path, question, {
      onProgress: (report) => reports.push(report),
    })
    assert.deepEqual(reports.at(-1), { transferredBytes: bytes, totalBytes: bytes, done: true })
  })

  it('lets two calls write one file at once: one of them is there whole', async (t) => {
    const { client } = await connected(t, { rows: 20_000 })
    const directory = await emptyDirectory(t)
    const path = join(directory, 'grid.json')
    const other = { ...question, params: { skipMeta: true } }
    const sizes = await Promise.all([
      client.analytics.streamTo(path, question),
      client.analytics.streamTo(path, other),
    ])
    assert.ok(sizes.includes((await stat(path)).size))
    JSON.parse(await readFile(path, 'utf8'))
    assert.deepEqual(await filesIn(directory), ['grid.json'])
  })
})

describe('streamTo, when it fails', () => {
  type Errors = new (...args: never[]) => Error
  const failures: [string, Misbehaviour, Errors, Partial<ClientOptions>?][] = [
    ['400', { status: 400 }, Dhis2ApiError],
    ['401', { status: 401 }, AuthenticationError],
    ['404', { status: 404, body: '<html><title>Not found</title></html>' }, Dhis2ApiError],
    ['409', { status: 409 }, Dhis2ApiError],
    ['500', { status: 500 }, Dhis2ApiError],
    ['503, three times', { status: 503 }, Dhis2ApiError],
    ['a login page', { body: '<html><form action="/login/"></html>' }, AuthenticationError],
    ['an empty body', { body: '' }, UnexpectedContentError],
    ['a body cut short', { truncateAfter: 200_000 }, TruncatedResponseError],
    ['a body cut short in chunks', { truncateChunked: 200_000 }, TruncatedResponseError],
    [
      'a body that ends well but is not all',
      { body: '{"headers":[],"rows":[["1"],' },
      TruncatedResponseError,
    ],
  ]
  for (const [what, misbehaviour, type] of failures) {
    it(`leaves an old file as it was and nothing else for ${what}`, async (t) => {
      const { server, client } = await connected(t, { rows: 10_000 })
      const { directory, path } = await withOldFile(t)
      const times = Number.POSITIVE_INFINITY
      server.misbehave({ ...misbehaviour, times })
      await assert.rejects(client.analytics.streamTo(path, question, { chunkSize: 4096 }), type)
      const fresh = join(directory, 'made', 'for', 'this', 'new.json')
      await assert.rejects(client.analytics.streamTo(fresh, question, { chunkSize: 4096 }), type)
      await isAsItWas(directory)
      await assert.rejects(stat(join(directory, 'made')), { code: 'ENOENT' })
    })
  }

  it('leaves them for a token that is refused', async (t) => {
    const { server } = await connected(t)
    const { directory, path } = await withOldFile(t)
    await using client = new Dhis2Client({ baseUrl: server.url, auth: bearerToken('no-such') })
    await assert.rejects(client.analytics.streamTo(path, question), AuthenticationError)
    await isAsItWas(directory)
  })

  it('leaves them when it is aborted in the middle, with an AbortError, and closes the socket', async (t) => {
    const { server, client } = await connected(t, { rows: 500_000 })
    const { directory, path } = await withOldFile(t)
    for (const to of [path, join(directory, 'made', 'new.json')]) {
      const abort = new AbortController()
      const onProgress = ({ transferredBytes }: Progress) => {
        if (transferredBytes > 0) abort.abort()
      }
      await assert.rejects(
        client.analytics.streamTo(to, question, { signal: abort.signal, chunkSize: 1024, onProgress }),
        { name: 'AbortError' },
      )
    }
    await hangUp(server)
    await isAsItWas(directory)
  })

  it('leaves them when the client is closed in the middle', async (t) => {
    const { server, client } = await connected(t, { rows: 500_000 })
    const { directory, path } = await withOldFile(t)
    const call = client.analytics.streamTo(path, question, { onProgress: () => void client.close() })
    await assert.rejects(call, { name: 'ClientClosedError' })
    await hangUp(server)
    await isAsItWas(directory)
  })

  it('leaves them when onProgress throws, with what it threw', async (t) => {
    const { client } = await connected(t)
    const { directory, path } = await withOldFile(t)
    const failure = new Error('no more')
    const onProgress = () => {
      throw failure
    }
    await assert.rejects(client.analytics.streamTo(path, question, { onProgress }), failure)
    await isAsItWas(directory)
  })

  it('finds out before it asks that the destination can not be written', async (t) => {
    const { server, client } = await connected(t)
    const { directory, path } = await withOldFile(t)
    await symlink('circle', join(directory, 'circle'))
    for (const [to, message] of [
      [directory, /is a directory/],
      [join(path, 'under-a-file.json'), /ENOTDIR/],
      [join(directory, 'circle'), /circle/],
      [join(directory, 'x'.repeat(300)), /ENAMETOOLONG/],
    ] as const) {
      await assert.rejects(client.analytics.streamTo(to, question), (error) => {
        assert.ok(error instanceof DestinationError, `${error}`)
        assert.match(error.message, message)
        assert.equal(error.path, to)
        return true
      })
    }
    assert.equal(server.requests.length, 0)
  })

  it('refuses what names no file, and options that can not be right, before it asks', async (t) => {
    const { server, client } = await connected(t)
    for (const to of [
      '',
      'a\0b',
      'file://elsewhere.example/a',
      new URL('https://example.org/a'),
      'https://example.org/a.json',
      7,
      undefined,
    ]) {
      await assert.rejects(client.analytics.streamTo(to as string, question), QueryError)
    }
    for (const options of [
      { chunkSize: 0 },
      { chunkSize: Number.NaN },
      { chunkSize: 1.5 },
      { onProgress: 1 },
      { chunk: 1 },
    ]) {
      await assert.rejects(client.analytics.streamTo('never.json', question, options as object), QueryError)
    }
    assert.equal(server.requests.length, 0)
  })
})

describe('a FileSink', () => {
  it('makes an empty file of nothing', async (t) => {
    const directory = await emptyDirectory(t)
    const sink = new FileSink(join(directory, 'empty'), 1024)
    await new Promise<void>((resolve) => sink.end(resolve))
    assert.equal((await stat(join(directory, 'empty'))).size, 0)
  })

  it('writes chunks of its size and the rest, whatever it is given', async (t) => {
    const directory = await emptyDirectory(t)
    const parts = [3, 50, 1, 1000, 7, 64, 129].map((length, i) => Buffer.alloc(length, i + 97))
    for (const chunkSize of [1, 2, 64, 100_000]) {
      const sink = new FileSink(join(directory, 'parts'), chunkSize)
      for (const part of parts) sink.write(part)
      await new Promise<void>((resolve) => sink.end(resolve))
      assert.deepEqual(await readFile(join(directory, 'parts')), Buffer.concat(parts))
    }
  })

  for (const [when, befall] of [
    ['before a byte', () => undefined],
    ['with bytes it has not written yet', (sink: FileSink) => void sink.write('x')],
    ['in the middle of a write', (sink: FileSink) => void sink.write(Buffer.alloc(100_000))],
    ['as it is about to give the file its name', (sink: FileSink) => void sink.end(Buffer.alloc(100_000))],
  ] as const) {
    it(`leaves nothing when it is destroyed ${when}`, async (t) => {
      const { directory, path } = await withOldFile(t)
      for (const to of [path, join(directory, 'made', 'new')]) {
        for (const turns of [0, 1, 2, 3]) {
          const sink = new FileSink(to, 1024)
          sink.on('error', () => undefined)
          befall(sink)
          for (let i = 0; i < turns && !sink.writableFinished; i++) await new Promise(setImmediate)
          const finished = sink.writableFinished
          sink.destroy()
          await closed(sink)
          // What is finished is there: destroying it then changes nothing.
          const after = await readFile(to, 'utf8').catch(() => undefined)
          assert.equal(after !== (to === path ? 'as it was' : undefined), finished)
          assert.deepEqual(
            (await filesIn(directory)).filter((name) => name.endsWith('.partial')),
            [],
          )
          await rm(join(directory, 'made'), { recursive: true, force: true })
          await writeFile(path, 'as it was')
        }
      }
    })
  }

  it('keeps to its word while the disk is busy: destroyed as it ends, it has not replaced the file', async (t) => {
    const { directory, path } = await withOldFile(t)
    const failure = new Error('not now')
    const sink = new FileSink(path, 1024)
    const errors: unknown[] = []
    sink.on('error', (error) => errors.push(error))
    sink.write(Buffer.alloc(5_000_000))
    sink.end()
    setImmediate(() => sink.destroy(failure))
    await closed(sink)
    assert.deepEqual(errors, [failure])
    await isAsItWas(directory)
  })

  it('has not failed when it has replaced the file, at whatever moment it is destroyed', async (t) => {
    const { path } = await withOldFile(t)
    const failure = new Error('not now')
    const isReplaced = () => readFileSync(path, 'utf8') === 'new'
    const moments: [string, () => unknown][] = [
      ['a microtask', () => undefined],
      ['a tick', () => new Promise((resolve) => process.nextTick(resolve, undefined))],
      ['a turn', () => new Promise(setImmediate)],
    ]
    for (const [moment, next] of moments) {
      for (let round = 0; round < 20; round++) {
        await writeFile(path, 'as it was')
        const sink = new FileSink(path, 1024)
        const outcome = finished(sink).then(
          () => 'finished',
          (error) => error,
        )
        const errors: unknown[] = []
        sink.on('error', (error) => errors.push(error))
        sink.end('new')
        // Looks without letting go of the thread for a while, as the disk has threads of its own.
        const looks = () => Array.from({ length: 20 }, isReplaced).some(Boolean)
        for (let i = 1; !looks() && !sink.writableFinished; i++) {
          await next()
          if (i % 20 === 0) await new Promise(setImmediate)
        }
        sink.destroy(failure)
        await closed(sink)
        assert.equal(isReplaced(), true)
        assert.deepEqual([await outcome, errors], ['finished', []], `${moment} late`)
      }
    }
  })

  it('has not replaced the file when it has failed, at whatever moment it is destroyed', async (t) => {
    const { directory, path } = await withOldFile(t)
    const failure = new Error('not now')
    for (let turns = 0; turns < 40; turns++) {
      await writeFile(path, 'as it was')
      const sink = new FileSink(path, 1024)
      const outcome = pipeline(Readable.from([Buffer.from('new')]), sink).then(
        () => 'finished',
        (error) => error,
      )
      for (let i = 0; i < turns; i++) await new Promise(setImmediate)
      sink.destroy(failure)
      await closed(sink)
      const isReplaced = (await readFile(path, 'utf8')) === 'new'
      assert.equal(await outcome, isReplaced ? 'finished' : failure, `after ${turns} turns`)
      assert.deepEqual(await filesIn(directory), ['old.json'])
    }
  })

  it('waits for a file that is held, and stops waiting when it is destroyed', async (t) => {
    const { directory, path } = await withOldFile(t)
    const held = (how: string) => spawnSync('chattr', [how, path], { stdio: 'ignore' }).status === 0
    if (!held('+i')) return t.skip('no file is immutable here')
    try {
      const sink = new FileSink(path, 1024)
      const failure = new Error('not now')
      const outcome = finished(sink).catch((error) => error)
      sink.end('new')
      await sleep(200)
      sink.destroy(failure)
      assert.equal(await outcome, failure)
      await closed(sink)
      await isAsItWas(directory)
      const patient = new FileSink(path, 1024)
      patient.end('new')
      await sleep(200)
      assert.equal(patient.writableFinished, false)
      held('-i')
      await finished(patient)
      assert.equal(await readFile(path, 'utf8'), 'new')
      assert.deepEqual(await filesIn(directory), ['old.json'])
    } finally {
      held('-i')
    }
  })
})

/** Not `once` of node:events, which rejects at the error before. */
function closed(sink: FileSink): Promise<void> {
  return new Promise((resolve) => {
    if (sink.closed) resolve()
    else sink.once('close', () => resolve())
  })
}
