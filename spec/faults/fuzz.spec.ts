import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Dhis2Client, Dhis2ClientError, parseRows } from '../../lib/index.ts'
import { gridJson } from '../../lib/testing/grid-bytes.ts'
import { cutAt } from '../support/chunks.ts'
import { grids } from '../support/grids.ts'
import { httpText, rawServer } from '../support/raw-server.ts'
import { query } from './support.ts'

const bodies: readonly Buffer[] = [
  ...Object.values(grids).map((grid) => Buffer.from(JSON.stringify(grid))),
  ...Object.values(grids).map((grid) => Buffer.from(JSON.stringify(grid, null, 1))),
  Buffer.concat([...gridJson({ rows: 12, shape: 'wide' })]),
  Buffer.concat([...gridJson({ rows: 40 })]),
]

describe('bodies damaged at random', () => {
  it('4000 of them, parsed, are either what JSON.parse has or a typed error', {
    timeout: 60_000,
  }, async () => {
    const random = randomFrom(20_260_101)
    let read = 0
    for (let n = 0; n < 4000; n++) {
      const body = mutant(random)
      const cuts = Array.from({ length: random(5) }, () => random(1 << 20))
      const rows: unknown[] = []
      const error = await pipeline(Readable.from(cutAt(body, cuts)), parseRows(), async (source) => {
        for await (const row of source) rows.push(row)
      }).catch((failure: unknown) => failure)
      assertOutcome(body, error, rows, n)
      if (error === undefined) read += 1
    }
    // Both outcomes were seen, and often.
    assert.ok(read > 200 && read < 3800, `${read} were read`)
  })

  it('400 of them, over the wire, are either what JSON.parse has or a typed error', {
    timeout: 60_000,
  }, async () => {
    const random = randomFrom(7)
    let body: Buffer = bodies[0]!
    await using server = await rawServer((socket) => socket.write(httpText({}, body)))
    await using client = new Dhis2Client({ baseUrl: server.url, retry: false })
    for (let n = 0; n < 400; n++) {
      body = mutant(random)
      const outcome = await client.analytics.aggregate(query).then(
        ({ rows }) => ({ rows, error: undefined }),
        (error: unknown) => ({ rows: [], error }),
      )
      assertOutcome(body, outcome.error, outcome.rows, n)
      if (outcome.error) assert.ok((outcome.error as Dhis2ClientError).request, `mutant ${n}`)
    }
  })

  function assertOutcome(body: Buffer, error: unknown, rows: unknown[], n: number): void {
    if (error !== undefined) {
      assert.ok(error instanceof Dhis2ClientError, `mutant ${n}: ${error}`)
      return
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    const expected = (JSON.parse(text) as { rows: unknown[] }).rows
    assert.ok(isDeepStrictEqual(rows, expected), `mutant ${n} has other rows: ${text.slice(0, 2000)}`)
  }

  /** A real body, damaged in one to three places. */
  function mutant(random: (below: number) => number): Buffer {
    let body = bodies[random(bodies.length)]!
    for (let damage = 1 + random(3); damage > 0; damage--) body = damaged(body, random)
    return body
  }

  function damaged(body: Buffer, random: (below: number) => number): Buffer {
    const at = random(body.length + 1)
    const length = random(12)
    switch (random(6)) {
      case 0: {
        const flipped = Buffer.from(body)
        if (at < body.length) flipped[at]! ^= 1 << random(8)
        return flipped
      }
      case 1:
        return body.subarray(0, at)
      case 2:
        return Buffer.concat([body.subarray(0, at), body.subarray(at + length)])
      case 3:
        return Buffer.concat([body.subarray(0, at + length), body.subarray(at)])
      case 4: {
        const other = bodies[random(bodies.length)]!
        const from = random(other.length)
        return Buffer.concat([body.subarray(0, at), other.subarray(from, from + length), body.subarray(at)])
      }
      default: {
        const marks = '"[]{},:\\ \n0x'
        return Buffer.concat([
          body.subarray(0, at),
          Buffer.from(marks.charAt(random(marks.length))),
          body.subarray(at + 1),
        ])
      }
    }
  }
})

/** Mulberry32: whole numbers below a bound, the same ones for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
