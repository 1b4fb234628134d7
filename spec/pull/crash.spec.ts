import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { csvFiles } from '../../lib/pull/files/csv-files.ts'
import { Journal } from '../../lib/pull/journal/journal.ts'
import { Ledger } from '../../lib/pull/run/ledger.ts'
import { runPull } from '../../lib/pull/run/run.ts'
import type { PieceEvent } from '../../lib/pull/store.ts'
import { emptyDirectory, environment, nodeArguments, root } from '../support/run-script.ts'
import {
  eventsOf,
  linesIn,
  quick,
  reportOf,
  startToy,
  type ToyQuestion,
  toyQuestion,
  toyRows,
} from './toy.ts'

const small: ToyQuestion = {
  dx: toyQuestion.dx.slice(0, 2),
  pe: toyQuestion.pe.slice(0, 6),
  ou: toyQuestion.ou.slice(0, 4),
}

/** A finished run in which pieces were joined, split and done. */
async function finished(t: Parameters<typeof emptyDirectory>[0]) {
  const toy = await startToy(small)
  t.after(() => toy[Symbol.asyncDispose]())
  const into = await emptyDirectory(t)
  toy.server.misbehave({
    status: 409,
    body: '{"errorCode":"E7128","message":"too many"}',
    when: ({ query }) => query.getAll('dimension').some((each) => each.includes('202401')),
  })
  await eventsOf(runPull(toy.source, { into: csvFiles(into), pace: quick }))
  const journal = await readFile(join(into, '_pull.journal'))
  for (const type of ['split', 'join', 'done']) assert.ok(journal.includes(`{"type":"${type}"`), type)
  return { toy, into, journal }
}

describe('a journal cut off at any byte', () => {
  it('holds the lines that were written to their end', async (t) => {
    const { toy, into, journal } = await finished(t)
    const path = join(into, '_pull.journal')
    const lines = journal.toString().split('\n').slice(1, -1)
    const all = lines.map((line) => JSON.parse(line)).filter(({ type }) => type !== 'run') as PieceEvent[]
    for (let length = 0; length <= journal.length; length++) {
      await writeFile(path, journal.subarray(0, length))
      const opened = await Journal.open(path, toy.source.head)
      const whole = journal.subarray(0, length).toString().split('\n').slice(1, -1)
      const events = whole.filter((line) => !line.includes('"run","run"')).length
      assert.deepEqual([...opened.events], all.slice(0, events), `at ${length}`)
      await opened.append({ type: 'setAside', piece: '0', reason: 'x', code: 'y' })
      await opened.close()
      const after = await Journal.open(path, toy.source.head)
      assert.equal([...after.events].length, events + 1)
      await after.close()
    }
  })

  it('is gone on with, and comes to the same rows', async (t) => {
    const { toy, into, journal } = await finished(t)
    const ends = [...journal.entries()].flatMap(([at, byte]) => (byte === 10 ? [at, at + 1, at + 2] : []))
    for (const length of new Set([0, 5, ...ends.filter((end) => end <= journal.length)])) {
      const copy = await emptyDirectory(t)
      await cp(into, copy, { recursive: true })
      await truncate(join(copy, '_pull.journal'), length)
      const before = toy.server.requests.length
      const report = reportOf(await eventsOf(runPull(toy.source, { into: csvFiles(copy), pace: quick })))
      assert.deepEqual(await linesIn(copy), toyRows(small), `cut off at ${length}`)
      assert.equal(report.rowCount, 48)
      if (length === journal.length) assert.equal(toy.server.requests.length, before)
    }
  })

  it('is refused where it is damaged in the middle', async (t) => {
    const { toy, into, journal } = await finished(t)
    const path = join(into, '_pull.journal')
    const at = journal.indexOf('{"type":"done"')
    await writeFile(
      path,
      Buffer.concat([journal.subarray(0, at), Buffer.from('###\n'), journal.subarray(at)]),
    )
    await assert.rejects(Journal.open(path, toy.source.head), { name: 'DatasetError', message: /damaged/ })
    // A block of the disk that was not written is no line.
    await writeFile(path, Buffer.concat([journal.subarray(0, at), Buffer.alloc(40), Buffer.from('\n')]))
    const opened = await Journal.open(path, toy.source.head)
    assert.ok([...opened.events].length < 5)
  })
})

describe('files that belong to no piece that counts', () => {
  it('are removed, and those of others stay', async (t) => {
    const { toy, into, journal } = await finished(t)
    const ours = ['piece-0000000.csv', 'piece-0000003.1.2.csv', 'piece-0000001.csv.0123456789ab.partial']
    const others = ['mine.csv', 'piece-1.csv', 'piece-0000000.parquet', 'notes.0123456789ab.partial']
    for (const name of [...ours, ...others]) await writeFile(join(into, name), 'x')
    const done = journal.toString().includes('"done","piece":"0"')
    assert.equal(done, false)
    await eventsOf(runPull(toy.source, { into: csvFiles(into), pace: quick }))
    const names = await readdir(into)
    for (const name of ours) assert.ok(!names.includes(name), name)
    for (const name of others) assert.ok(names.includes(name), name)
  })
})

describe('a ledger', () => {
  it('of a million pieces takes a bit for each', () => {
    const before = process.memoryUsage().heapUsed
    const facts = {
      rowCount: 1,
      byteCount: 9,
      answeredAt: '',
      endedAt: '',
      tookMs: 1,
      run: 1,
      rowsOf: { a: 1 },
    }
    function* events(): Generator<PieceEvent> {
      for (let at = 0; at < 1_000_000; at++) yield { type: 'done', piece: String(at), facts }
    }
    const ledger = new Ledger(1_000_000, events())
    assert.equal(ledger.isComplete, true)
    assert.equal(ledger.firstFree, undefined)
    globalThis.gc?.()
    assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024)
  })
})

describe('a process that is killed', () => {
  it('again and again comes to what an undisturbed run comes to', async (t) => {
    await using toy = await startToy()
    toy.server.misbehave({ delayMs: 4, times: Number.POSITIVE_INFINITY })
    const into = await emptyDirectory(t)
    let state = 20261128
    const random = (most: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return state % most
    }
    let kills = 0
    for (let isKilled = true; isKilled; ) {
      const child = spawn(
        process.execPath,
        [...nodeArguments, join(root, 'spec/pull/crash-child.ts'), toy.server.url, into],
        {
          env: environment(),
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
        child.once('close', (code, signal) => resolve(signal ?? code))
      })
      let left = 2 + random(4)
      child.stdout.on('data', (chunk: Buffer) => {
        left -= chunk.toString().split('\n').length - 1
        if (left <= 0 && kills < 6) void sleep(random(8)).then(() => child.kill('SIGKILL'))
      })
      const end = await ended
      isKilled = end === 'SIGKILL'
      if (isKilled) kills += 1
      else assert.equal(end, 0)
    }
    assert.ok(kills >= 3, `${kills} kills`)
    assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
    assert.deepEqual((await readdir(into)).filter((name) => !/^piece-[\d.-]+\.csv$/.test(name)).sort(), [
      '_manifest.json',
      '_pull.journal',
    ])
  })
})
