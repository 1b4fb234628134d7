import assert from 'node:assert/strict'
import { once } from 'node:events'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { enqueuePull, pullReport } from 'dhis2-analytics-stream/graphile-worker'
import { query, quick, toyWorkers } from './toy-workers.ts'

const mostKills = Number(process.env['KILLS'] ?? 6)

it('three workers, two of them killed again and again, do what one run does, each piece once', async () => {
  await using toy = await toyWorkers()
  const alone = toy.table('alone')
  for await (const _ of (await toy.client.analytics.plan(query, { pieceCells: 30 })).run({ into: alone })) {
    // To its end.
  }
  const pull = await toy.client.analytics.plan(query, { pieceCells: 30 })
  const into = toy.table('shared')
  await enqueuePull(pull, { into, pace: quick })
  await toy.rows('CREATE TABLE marks (piece text)')
  await toy.rows(`CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO marks VALUES (NEW.piece); RETURN NEW; END $$`)
  await toy.rows(`CREATE TRIGGER mark AFTER INSERT OR UPDATE ON dhis2_pieces
    FOR EACH ROW WHEN (NEW.state = 'done' AND NEW.dataset = 'shared') EXECUTE FUNCTION mark()`)
  const isLarge = (dimensions: readonly string[]) =>
    dimensions.reduce((cells, each) => cells * each.split(';').length, 1) > 45
  toy.server.misbehave(
    {
      status: 409,
      body: '{"errorCode":"E7128","message":"too many"}',
      when: ({ query }) => isLarge(query.getAll('dimension')),
      delayMs: 100,
      times: Number.POSITIVE_INFINITY,
    },
    { delayMs: 150, times: Number.POSITIVE_INFINITY },
  )
  toy.takePeak()
  let isOver = false
  let kills = 0
  async function mortal(seed: number): Promise<void> {
    for (let at = seed; !isOver; at++) {
      const child = toy.start()
      await once(child.stdout!, 'data')
      await sleep(400 + ((at * 617) % 1500))
      if (isOver || kills >= mostKills) {
        if (!isOver) await once(child, 'exit')
        return
      }
      kills += 1
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }
  toy.start()
  const ended = Promise.all([mortal(1), mortal(8)])
  const report = await pullReport({ into })
  isOver = true
  const peak = toy.takePeak()
  assert.ok(kills >= 4, `only ${kills} were killed`)
  assert.ok(peak > 1 && peak <= 3, `${peak} requests at once`)
  assert.deepEqual(await toy.lines('shared'), await toy.lines('alone'))
  const twice = await toy.rows('SELECT piece FROM marks GROUP BY piece HAVING count(*) > 1')
  assert.deepEqual(twice, [])
  const marked = await toy.rows('SELECT count(*)::int AS n FROM marks')
  assert.equal(marked[0]!['n'], report.piecesDone)
  assert.equal(report.isComplete, true)
  const left = await toy.rows(
    'SELECT (SELECT count(*) FROM dhis2_worker_work)::int AS n, holder FROM dhis2_datasets',
  )
  assert.deepEqual(left, [
    { n: 0, holder: null },
    { n: 0, holder: null },
  ])
  toy.stop()
  await ended
})
