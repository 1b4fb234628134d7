import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Gate } from '../../lib/http/gate.ts'
import { turns } from '../support/lifecycle.ts'

const never = new AbortController().signal

/** Places that are asked for, and how many were got. */
function asking(gate: Gate, places: { start: number; max: number }, count: number, signal = never) {
  const got = { count: 0, reasons: [] as unknown[] }
  for (let i = 0; i < count; i++) {
    gate.take(places, signal).then(
      () => {
        got.count += 1
      },
      (reason: unknown) => got.reasons.push(reason),
    )
  }
  return got
}

describe('a gate', () => {
  it('lets so many through, and more as they go well, up to the most', async () => {
    const gate = new Gate()
    const places = { start: 1, max: 3 }
    gate.enter(places)
    const got = asking(gate, places, 10)
    await turns(2)
    assert.equal(got.count, 1)
    for (let i = 0; i < 12; i++) gate.raise()
    await turns(2)
    assert.equal(got.count, 3)
    gate.give()
    await turns(2)
    assert.equal(got.count, 4)
  })

  it('is one for all runs, first come first served', async () => {
    const gate = new Gate()
    const [one, other] = [
      { start: 2, max: 2 },
      { start: 1, max: 4 },
    ]
    gate.enter(one)
    gate.enter(other)
    const [first, second] = [asking(gate, one, 2), asking(gate, other, 2)]
    await turns(2)
    assert.deepEqual([first.count, second.count], [2, 0])
    gate.give()
    await turns(2)
    assert.deepEqual([first.count, second.count], [2, 1])
    for (let i = 0; i < 20; i++) gate.raise()
    gate.leave(other)
    await turns(2)
    assert.deepEqual([first.count, second.count], [2, 2])
  })

  it('is halved once for all requests that were begun before', async () => {
    const gate = new Gate()
    const places = { start: 4, max: 4 }
    gate.enter(places)
    const begunAt = performance.now()
    gate.lower(begunAt)
    gate.lower(begunAt)
    const got = asking(gate, places, 4)
    await turns(2)
    assert.equal(got.count, 2)
    gate.lower(performance.now())
    gate.lower(performance.now() + 1)
    for (let i = 0; i < 2; i++) gate.give()
    await turns(2)
    assert.equal(got.count, 3)
  })

  it('stays shut as long as it is told, and whoever leaves meanwhile is let go', async () => {
    const gate = new Gate()
    const places = { start: 4, max: 4 }
    gate.enter(places)
    gate.pause(40)
    gate.pause(1)
    assert.ok(gate.closedForMs > 30)
    const leaving = new AbortController()
    const left = asking(gate, places, 2, leaving.signal)
    const got = asking(gate, places, 1)
    await turns(2)
    assert.equal(got.count, 0)
    const reason = new Error('enough')
    leaving.abort(reason)
    await turns(2)
    assert.deepEqual(left.reasons, [reason, reason])
    await gate.take(places, never)
    assert.deepEqual([left.count, got.count], [0, 1])
    assert.equal(gate.closedForMs, 0)
    await assert.rejects(gate.take(places, AbortSignal.abort(reason)), reason)
  })
})
