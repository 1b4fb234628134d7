import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SeenKeys } from '../../lib/lists/seen-keys.ts'

const keyAt = (at: number) => `e${at.toString(36).padStart(10, '0')}`

describe('seen keys', () => {
  it('know each key of three million that came before, and take none for another', () => {
    const seen = new SeenKeys()
    for (let i = 0; i < 3_000_000; i++) if (!seen.add(keyAt(i))) assert.fail(`${keyAt(i)} came once`)
    for (let i = 2_999_999; i > 1_000_000; i -= 997) assert.ok(!seen.add(keyAt(i)), keyAt(i))
  })

  it('forget the oldest, and hold no more memory than they say', () => {
    const before = process.memoryUsage().arrayBuffers
    const seen = new SeenKeys()
    for (let i = 0; i < 4_500_000; i++) seen.add(keyAt(i))
    assert.ok(seen.add(keyAt(0)))
    assert.ok(process.memoryUsage().arrayBuffers - before < 110_000_000)
  })

  it('tell texts apart that differ in one letter or in their order', () => {
    const seen = new SeenKeys()
    for (const key of ['ab', 'ba', 'a', '', 'aa', 'b', 'ü', 'u\u0308', 'ImspTQPwCqd', 'ImspTQPwCqe']) {
      assert.ok(seen.add(key), key)
      assert.ok(!seen.add(key), key)
    }
  })
})
