import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { FileSink } from '../../lib/sinks/file.ts'
import { gridJson } from '../../lib/testing/grid-bytes.ts'
import { warningsOf } from '../support/leaks.ts'
import { httpText, rawServer } from '../support/raw-server.ts'
import { emptyDirectory, environment, filesIn, nodeArguments } from '../support/run-script.ts'

const grid = Buffer.concat([...gridJson({ rows: 5000 })])
const half = grid.length >> 1
const child = fileURLToPath(new URL('leaving-child.ts', import.meta.url))
const skip = process.platform === 'win32' && 'there are no signals here'

interface Leaving {
  readonly running: ChildProcessByStdio<Writable, Readable, null>
  readonly directory: string
  /** Sends the other half of each answer. */
  goOn(): void
  /** How the process ended: its exit status or its signal, and what it printed. */
  ended(): Promise<{ status: unknown; output: string }>
}

/** A process that is in the middle of two answers, of which one replaces a file and one makes directories. */
async function inTheMiddle(t: TestContext, manner: string): Promise<Leaving> {
  const directory = await emptyDirectory(t)
  await writeFile(join(directory, 'old.json'), 'as it was')
  const sockets: Socket[] = []
  const server = await rawServer((socket) => {
    sockets.push(socket)
    socket.write(httpText({ 'content-length': `${grid.length}` }, grid.subarray(0, half)))
  })
  t.after(() => server[Symbol.asyncDispose]())
  const destinations = [join(directory, 'old.json'), join(directory, 'made', 'deep', 'new.json')]
  const running = spawn(process.execPath, [...nodeArguments, child, server.url, manner, ...destinations], {
    cwd: tmpdir(),
    env: environment(),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  t.after(() => running.kill('SIGKILL'))
  let output = ''
  running.stdout.on('data', (chunk) => {
    output += chunk
  })
  const status = new Promise((resolve) => {
    running.once('close', (code, signal) => resolve(signal ?? code))
  })
  await twoPartials(directory)
  return {
    running,
    directory,
    goOn() {
      for (const socket of sockets) socket.end(grid.subarray(half))
    },
    ended: async () => ({ status: await status, output }),
  }
}

async function twoPartials(directory: string): Promise<void> {
  for (;;) {
    // Folders come and go while it is tried whether they can be made.
    const sizes = await partialSizes(directory).catch(() => [])
    if (sizes.filter((size) => size > half / 2).length === 2) return
    await sleep(10)
  }
}

async function partialSizes(directory: string): Promise<number[]> {
  const partials = (await filesIn(directory)).filter((name) => name.endsWith('.partial'))
  return Promise.all(partials.map(async (name) => (await stat(join(directory, name))).size))
}

async function leftNothing(directory: string): Promise<void> {
  assert.deepEqual(await readdir(directory), ['old.json'])
  assert.equal(await readFile(join(directory, 'old.json'), 'utf8'), 'as it was')
}

async function wroteBoth(directory: string): Promise<void> {
  assert.deepEqual(await filesIn(directory), [join('made', 'deep', 'new.json'), 'old.json'])
  for (const name of await filesIn(directory)) assert.deepEqual(await readFile(join(directory, name)), grid)
}

describe('a process that ends in the middle', { skip, timeout: 60_000 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    it(`of ${signal} ends of ${signal}, and leaves nothing`, async (t) => {
      const { running, directory, ended } = await inTheMiddle(t, 'listens to nothing')
      running.kill(signal)
      assert.deepEqual(await ended(), { status: signal, output: '' })
      await leftNothing(directory)
    })
  }

  it('leaves nothing, and ends, with the package in it twice', async (t) => {
    const { running, directory, ended } = await inTheMiddle(t, 'has the package twice')
    running.kill('SIGTERM')
    assert.deepEqual(await ended(), { status: 'SIGTERM', output: 'cleaned ' })
    await leftNothing(directory)
  })

  it('leaves nothing where somebody who listens too exits', async (t) => {
    const { running, directory, ended } = await inTheMiddle(t, 'exits by itself')
    running.kill('SIGTERM')
    assert.deepEqual(await ended(), { status: 3, output: '' })
    await leftNothing(directory)
  })

  it('leaves nothing where somebody sends the signal again if nobody else listens', async (t) => {
    const { running, directory, ended } = await inTheMiddle(t, 'ends only where nobody else listens')
    running.kill('SIGTERM')
    assert.deepEqual(await ended(), { status: 'SIGTERM', output: 'cleaned ' })
    await leftNothing(directory)
  })

  for (const [how, status] of [
    ['calls exit', 4],
    ['dies of an exception', 1],
  ] as const) {
    it(`leaves nothing when it ${how}`, async (t) => {
      const { running, directory, ended } = await inTheMiddle(t, how)
      running.stdin.write('now')
      assert.deepEqual(await ended(), { status, output: '' })
      await leftNothing(directory)
    })
  }
})

describe('a thread that ends in the middle', { timeout: 60_000 }, () => {
  const begun = async (t: TestContext) => {
    const directory = await emptyDirectory(t)
    // Threads don't inherit what loads TypeScript on all versions of Node.
    const load = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
      register()
      return import(${JSON.stringify(new URL('leaving-worker.ts', import.meta.url))})
    })`
    const worker = new Worker(load, { eval: true, workerData: join(directory, 'made', 'new') })
    await once(worker, 'message')
    return { directory, worker }
  }

  it('leaves nothing when it exits', async (t) => {
    const { directory, worker } = await begun(t)
    worker.postMessage('now')
    assert.deepEqual(await once(worker, 'exit'), [5])
    assert.deepEqual(await readdir(directory), [])
  })

  it('leaves a name that says what it is when it is terminated', async (t) => {
    const { directory, worker } = await begun(t)
    await worker.terminate()
    assert.match((await filesIn(directory)).join(), /^made.new\.[0-9a-f]{12}\.partial$/)
  })
})

describe('a process that is told to end and goes on', { skip, timeout: 60_000 }, () => {
  it('writes its files, time and again', async (t) => {
    const { running, directory, goOn, ended } = await inTheMiddle(t, 'goes on')
    for (const heard of [1, 2]) {
      const told = new Promise((resolve) => running.stdout.once('data', resolve))
      running.kill('SIGTERM')
      assert.equal(`${await told}`, 'heard ', `${heard}`)
    }
    goOn()
    assert.deepEqual(await ended(), { status: 0, output: 'heard heard written, 0,1,0,0 listen' })
    await wroteBoth(directory)
  })

  it('may do so once, and ends of the signal the second time', async (t) => {
    const { running, directory, ended } = await inTheMiddle(t, 'goes on once')
    const told = new Promise((resolve) => running.stdout.once('data', resolve))
    running.kill('SIGTERM')
    await told
    running.kill('SIGTERM')
    assert.deepEqual(await ended(), { status: 'SIGTERM', output: 'heard ' })
    await leftNothing(directory)
  })
})

describe('many sinks at once', () => {
  it('listen once, and no longer than they are at work', async (t) => {
    const directory = await emptyDirectory(t)
    const listening = () =>
      ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'exit'].map((of) => process.listenerCount(of))
    const before = listening()
    const warnings = await warningsOf(async () => {
      const sinks = Array.from({ length: 100 }, (_, i) => new FileSink(join(directory, 'made', `${i}`), 1))
      await Promise.all(sinks.map((sink) => new Promise((resolve) => sink.write('x', resolve))))
      assert.deepEqual(
        listening(),
        before.map((count) => count + 1),
      )
      await Promise.all(
        sinks.map((sink, i) => {
          const closed = new Promise((resolve) => sink.once('close', resolve))
          if (i % 2) sink.end()
          else sink.destroy()
          return closed
        }),
      )
    })
    assert.deepEqual(warnings, [])
    assert.deepEqual(listening(), before)
    assert.equal((await readdir(join(directory, 'made'))).length, 50)
  })

  it('leave no directory that one of them made when all of them fail', async (t) => {
    const directory = await emptyDirectory(t)
    const sinks = ['a', 'b', 'c/d', 'e'].map((name) => new FileSink(join(directory, 'made', name), 1))
    for (const sink of sinks) await new Promise((resolve) => sink.write('x', resolve))
    for (const sink of sinks) {
      const closed = new Promise((resolve) => sink.once('close', resolve))
      sink.destroy()
      await closed
    }
    assert.deepEqual(await readdir(directory), [])
  })
})
