import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { DatasetError } from '../../lib/errors.ts'
import { Lock } from '../../lib/pull/journal/lock.ts'
import { mayBeAlive, thisProcess } from '../../lib/pull/journal/this-process.ts'
import { emptyDirectory, environment, nodeArguments, root } from '../support/run-script.ts'

type Child = ChildProcessByStdio<Writable, Readable, null>

function child(path: string, at = 0): Child {
  const script = join(root, 'spec/pull/lock-child.ts')
  return spawn(process.execPath, [...nodeArguments, script, path, String(at)], {
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

async function answerOf({ stdout }: Child): Promise<string> {
  const [chunk] = (await once(stdout, 'data')) as [Buffer]
  return chunk.toString().trim()
}

describe('a lock', () => {
  it('is one at a time, and is given back', async (t) => {
    const directory = await emptyDirectory(t)
    const path = join(directory, 'x.lock')
    const lock = await Lock.take(path)
    await assert.rejects(Lock.take(path), (error: DatasetError) => {
      assert.ok(error instanceof DatasetError)
      assert.match(error.message, new RegExp(`process ${process.pid} on ${hostname()}`))
      return Date.parse(error.heldSince!) <= Date.now()
    })
    await lock.release()
    await lock.release()
    assert.deepEqual(await readdir(directory), [])
    await (await Lock.take(path)).release()
  })

  it('of a process that was killed is taken over, by one of those that try at the same instant', async (t) => {
    const directory = await emptyDirectory(t)
    const path = join(directory, 'x.lock')
    for (let round = 0; round < 3; round++) {
      const first = child(path)
      assert.equal(await answerOf(first), 'got it')
      first.kill('SIGKILL')
      await once(first, 'close')
      const at = Date.now() + 2500
      const others = Array.from({ length: 3 }, () => child(path, at))
      const answers = await Promise.all(others.map(answerOf))
      assert.equal(answers.filter((answer) => answer === 'got it').length, 1, answers.join('\n'))
      assert.equal(answers.filter((answer) => /^DatasetError 20\d\d-/.test(answer)).length, 2)
      for (const other of others) other.stdin.end()
      await Promise.all(others.map((other) => other.exitCode ?? once(other, 'close')))
      assert.deepEqual(await readdir(directory), [])
    }
  })

  it('of a dead process goes to one of many in this process', async (t) => {
    const directory = await emptyDirectory(t)
    const path = join(directory, 'x.lock')
    for (let round = 0; round < 20; round++) {
      // The right to take it over may be left by one that died over it.
      const dead = { ...thisProcess(`dead${round}`), start: 'before' }
      await writeFile(path, JSON.stringify(dead))
      if (round % 2) await writeFile(`${path}.${dead.id}`, JSON.stringify({ ...dead, id: `taker${round}` }))
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => Lock.take(path)))
      const locks = taken.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      assert.equal(locks.length, 1)
      assert.notEqual(JSON.parse(await readFile(path, 'utf8')).id, dead.id)
      await locks[0]!.release()
      assert.deepEqual(await readdir(directory), [])
    }
  })

  it('of another machine is never taken over, and the error says what to remove', async (t) => {
    const path = join(await emptyDirectory(t), 'x.lock')
    await writeFile(path, JSON.stringify({ ...thisProcess('a'), host: 'elsewhere', pid: 1 }))
    await assert.rejects(Lock.take(path), { message: new RegExp(`on elsewhere.*remove ${path}`) })
  })
})

describe('whether a process is there', () => {
  it('is told by its number and by when it began', () => {
    const me = thisProcess('x')
    assert.equal(mayBeAlive(me), true)
    assert.equal(mayBeAlive({ ...me, start: undefined }), true)
    assert.equal(mayBeAlive({ ...me, start: 'another time' }), false)
    assert.equal(mayBeAlive({ ...me, pid: 2 ** 22 + 1 }), false)
  })
})
