import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientClosedError, DatasetError, QueryError, type RowStream } from '../../lib/index.ts'
import type { PullEvent } from '../../lib/pull/events.ts'
import { csvFiles } from '../../lib/pull/files/csv-files.ts'
import type { Piece } from '../../lib/pull/piece.ts'
import { runPull } from '../../lib/pull/run/run.ts'
import type { PullRunOptions } from '../../lib/pull/run/run-options.ts'
import { activeResources, eventually } from '../support/leaks.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { eventsOf, linesIn, quick, reportOf, startToy, type Toy, toyQuestion, toyRows } from './toy.ts'

const run = (toy: Toy, options: Partial<PullRunOptions> & Pick<PullRunOptions, 'into'>) =>
  runPull(toy.source, { pace: quick, ...options })

/** What is in the folder of a run that did not end well: its journal, whole files, and nothing half done. */
async function assertTidy(directory: string): Promise<void> {
  for (const name of await readdir(directory)) assert.match(name, /^(_pull\.journal|piece-[\d.-]+\.csv)$/)
  await linesIn(directory)
}

async function goesOn(toy: Toy, directory: string): Promise<void> {
  const [begun] = await eventsOf(run(toy, { into: csvFiles(directory) }))
  assert.equal(begun?.type === 'begun' && begun.run, 2)
  assert.deepEqual(await linesIn(directory), toyRows(toyQuestion))
}

describe('a run that does not come to its end', () => {
  it('is left early: its requests are ended, and another goes on', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    let pieces = 0
    for await (const { type } of run(toy, { into: csvFiles(into) })) {
      if (type === 'piece' && ++pieces === 3) break
    }
    await assertTidy(into)
    const asked = toy.server.requests.length
    await sleep(20)
    assert.equal(toy.server.requests.length, asked)
    await goesOn(toy, into)
  })

  it('is aborted in the middle, with an AbortError', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    const abort = new AbortController()
    toy.server.misbehave({ delayMs: 60_000, when: ({ url }) => url.includes('202407') })
    const events = eventsOf(run(toy, { into: csvFiles(into), signal: abort.signal }))
    await eventually(() => toy.server.requests.some(({ url }) => url.includes('202407')), 'the request')
    abort.abort(new Error('enough'))
    await assert.rejects(events, { name: 'AbortError', code: 'ABORT_ERR', cause: new Error('enough') })
    await eventually(
      () => toy.server.requests.every(({ aborted, url }) => aborted || !url.includes('202407')),
      'the end',
    )
    await assertTidy(into)
    await goesOn(toy, into)
  })

  it('is aborted before, in a wait, or when the client is closed', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    await assert.rejects(eventsOf(run(toy, { into: csvFiles(into), signal: AbortSignal.abort() })), {
      name: 'AbortError',
    })
    assert.deepEqual(await readdir(into), [])
    toy.server.misbehave({ status: 503, headers: { 'retry-after': '600' }, body: '{}' })
    for (const end of [(abort: AbortController) => abort.abort(), () => void toy.client.close()]) {
      const abort = new AbortController()
      const seen: PullEvent[] = []
      const ended = (async () => {
        for await (const event of run(toy, { into: csvFiles(into), signal: abort.signal })) {
          seen.push(event)
          if (event.type === 'waiting') setImmediate(end, abort)
        }
      })()
      await assert.rejects(
        ended,
        (error: Error) => error.name === 'AbortError' || error instanceof ClientClosedError,
      )
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['begun', 'waiting'],
      )
    }
    await assert.rejects(eventsOf(run(toy, { into: csvFiles(into) })), ClientClosedError)
  })

  it('leaves no socket, timer or file behind', async (t) => {
    const before = activeResources()
    {
      await using toy = await startToy()
      for await (const { type } of run(toy, { into: csvFiles(await emptyDirectory(t)) }))
        if (type === 'piece') break
    }
    await eventually(() => activeResources().length <= before.length, 'nothing is left')
  })
})

describe('a store of your own', () => {
  it('gets the rows of each piece, and is asked for no piece twice', async (t) => {
    await using toy = await startToy()
    const journal = join(await emptyDirectory(t), 'anc.journal')
    const pieces = new Map<string, string[]>()
    const into = {
      async write({ id }: Piece, rows: RowStream) {
        assert.ok(!pieces.has(id))
        pieces.set(
          id,
          (await rows.toArray()).map((row) => row.join(',')),
        )
      },
    }
    await eventsOf(run(toy, { into, journal }))
    assert.deepEqual([...pieces.values()].flat().sort(), toyRows(toyQuestion))
    const { length } = toy.server.requests
    await eventsOf(run(toy, { into, journal }))
    assert.equal(toy.server.requests.length, length)
  })

  it('that fails ends the run with its own error, and the next run goes on', async (t) => {
    await using toy = await startToy()
    const journal = join(await emptyDirectory(t), 'anc.journal')
    const mine = new Error('the disk of mine is full')
    const pieces = new Map<string, string[]>()
    let isFull = true
    const into = {
      async write({ id }: Piece, rows: RowStream) {
        const lines: string[] = []
        for await (const row of rows) {
          if (isFull && pieces.size >= 2) throw mine
          lines.push(row.join(','))
        }
        pieces.set(id, lines)
      },
    }
    await assert.rejects(eventsOf(run(toy, { into, journal })), mine)
    assert.ok(pieces.size < 6, `${pieces.size} pieces`)
    isFull = false
    await eventsOf(run(toy, { into, journal }))
    assert.deepEqual([...pieces.values()].flat().sort(), toyRows(toyQuestion))
  })

  it('has to read all rows', async (t) => {
    await using toy = await startToy()
    const journal = join(await emptyDirectory(t), 'anc.journal')
    await assert.rejects(eventsOf(run(toy, { into: { write: () => undefined }, journal })), {
      name: 'QueryError',
      message: /before it had read all of its rows/,
    })
  })
})

describe('rows that have all come, and wait in a run that is left', () => {
  for (const when of ['while', 'before'] as const) {
    it(`fail the pipeline that takes them, ${when} it does`, { timeout: 20_000 }, async (t) => {
      await using toy = await startToy()
      const journal = join(await emptyDirectory(t), 'anc.journal')
      const isLeft = new AbortController()
      const outcomes: Promise<unknown>[] = []
      let waiting = 0
      const into = {
        async write(_: Piece, rows: RowStream) {
          await (rows.headers ?? once(rows, 'headers'))
          await eventually(() => stateOf(rows).ended, 'all rows')
          waiting++
          if (when === 'before') await once(isLeft.signal, 'abort')
          const takesNone = new Writable({ objectMode: true, highWaterMark: 1, write: () => undefined })
          const outcome = pipeline(rows, takesNone)
          outcomes.push(outcome)
          await outcome
        },
      }
      const events = run(toy, { into, journal })
      assert.equal((await events.next()).value?.type, 'begun')
      await eventually(() => waiting > 0, 'a piece that waits')
      const left = events.return()
      isLeft.abort()
      await left
      for (const { status } of await Promise.allSettled(outcomes)) assert.equal(status, 'rejected')
      assert.equal(outcomes.length, waiting)
    })
  }
})

/** What Node knows of a stream, and says in no other way. */
function stateOf(rows: RowStream): { readonly ended: boolean } {
  return (rows as unknown as { _readableState: { ended: boolean } })._readableState
}

describe('a slow reader of events', () => {
  it('holds nothing up, and finds the latest', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    const events = run(toy, { into: csvFiles(into) })
    assert.equal((await events.next()).value?.type, 'begun')
    await eventually(() => existsSync(join(into, '_manifest.json')), 'the end of the run')
    const rest = await eventsOf(events)
    assert.equal(reportOf(rest).rowCount, 288)
  })
})

describe('options of a run', () => {
  const wrong: [object, RegExp][] = [
    [{}, /into: must be a store/],
    [{ into: { write: () => undefined } }, /needs a journal/],
    [{ into: csvFiles('x'), journal: 'y' }, /keeps its own journal/],
    [{ into: csvFiles('x'), concurrency: { max: 0 } }, /concurrency\.max/],
    [{ into: csvFiles('x'), concurrency: { start: 5 } }, /start must not be more than max/],
    [{ into: csvFiles('x'), pace: { waitMs: '1' } }, /pace\.waitMs/],
    [{ into: csvFiles('x'), retries: 3 }, /unknown retries/],
  ]
  for (const [options, message] of wrong) {
    it(`are refused at once: ${message.source}`, async () => {
      await using toy = await startToy()
      assert.throws(
        () => runPull(toy.source, options as PullRunOptions),
        (error: Error) => {
          assert.ok(error instanceof QueryError)
          assert.match(error.message, message)
          return true
        },
      )
    })
  }
})

describe('a dataset', () => {
  it('that holds another question is left as it is, and the error says what differs', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    for await (const { type } of run(toy, { into: csvFiles(into) })) if (type === 'piece') break
    const before = await readFile(join(into, '_pull.journal'), 'utf8')
    const { head } = toy.source
    const question = {
      ...head.question,
      asked: [...head.question.asked.slice(1), ['dimension', 'dx:other'] as const],
    }
    const other = { ...toy.source, head: { ...head, question } }
    await assert.rejects(eventsOf(runPull(other, { into: csvFiles(into) })), (error: DatasetError) => {
      assert.ok(error instanceof DatasetError)
      assert.deepEqual(error.differences, [
        `- dimension=dx:${toyQuestion.dx.join(';')}`,
        '+ dimension=dx:other',
      ])
      return true
    })
    assert.equal(await readFile(join(into, '_pull.journal'), 'utf8'), before)
  })

  it('goes on with what it meant at its start, and is refused once it is finished and means something else', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    for await (const { type } of run(toy, { into: csvFiles(into) })) if (type === 'piece') break
    const tomorrow = {
      ...toy.source,
      head: { ...toy.source.head, plan: { question: { ...toyQuestion, pe: ['202501', '202502'] } } },
    }
    await eventsOf(runPull(tomorrow, { into: csvFiles(into), pace: quick }))
    assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
    await assert.rejects(eventsOf(runPull(tomorrow, { into: csvFiles(into) })), {
      name: 'DatasetError',
      message: /moved on/,
    })
  })

  for (const [text, message] of [
    ['{"format":2,"question":{},"plan":{}}\n{"type":"news"}\n', /format 2/],
    ['dx,pe,ou,value\n', /no journal/],
    ['notes of mine', /no journal/],
  ] as const) {
    it(`of something else is refused untouched: ${JSON.stringify(text)}`, async (t) => {
      await using toy = await startToy()
      const into = await emptyDirectory(t)
      await writeFile(join(into, '_pull.journal'), text)
      await assert.rejects(eventsOf(run(toy, { into: csvFiles(into) })), (error: Error) => {
        assert.ok(error instanceof DatasetError)
        assert.match(error.message, message)
        return true
      })
      assert.deepEqual(await readdir(into), ['_pull.journal'])
      assert.equal(await readFile(join(into, '_pull.journal'), 'utf8'), text)
    })
  }

  it('is held by one run at a time', async (t) => {
    await using toy = await startToy()
    const into = await emptyDirectory(t)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => eventsOf(run(toy, { into: csvFiles(into) }))),
    )
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    assert.equal(refused.length, 4)
    for (const error of refused) {
      assert.ok(error instanceof DatasetError)
      assert.ok(Date.parse(error.heldSince!) <= Date.now())
    }
    assert.deepEqual(await linesIn(into), toyRows(toyQuestion))
  })
})
