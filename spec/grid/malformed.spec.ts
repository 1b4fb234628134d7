import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { malformedAt } from '../../lib/json/malformed.ts'
import { anyDamage, anyGridBytes, damaged } from '../support/arbitrary-grids.ts'
import { longestBeginning } from '../support/oracle.ts'
import { refusal } from '../support/read-grid.ts'

describe('the place of what is wrong in JSON', () => {
  it('is where JSON.parse goes from too short to wrong', () => {
    const damage = fc.array(anyDamage, { maxLength: 2 })
    fc.assert(
      fc.property(anyGridBytes, damage, (whole, damage) => {
        const bytes = Buffer.from(damage.reduce(damaged, whole).toString())
        assert.equal(malformedAt(bytes), longestBeginning(bytes), bytes.toString())
      }),
      { numRuns: 3000 },
    )
  })

  it('is that for anything made of the marks of JSON', () => {
    const marks = fc.constantFrom(
      ...'{}[]:,"" \n\\u0a1-+.eEtrfnl\u0000é',
      'true',
      'null',
      '"a":',
      '\\u00',
      '1.5',
    )
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 14 }), (list) => {
        const bytes = Buffer.from(list.join(''))
        assert.equal(malformedAt(bytes), longestBeginning(bytes), bytes.toString())
      }),
      { numRuns: 20_000 },
    )
  })

  it('is found in 30 MB of metaData and in a row as long by one pass', { timeout: 20_000 }, () => {
    const items = Array.from(
      { length: 600_000 },
      (_, i) => `"id${i}":{"name":"The name of item ${i}","code":"C${i}"}`,
    )
    const list = items.join(',')
    for (const [before, after] of [
      ['{"headers":[],"metaData":{"items":{', '}},"rows":[]}'],
      ['{"headers":[{"name":"a"}],"rows":[[{', '}]]}'],
    ] as const) {
      const bytes = Buffer.from(`${before}${list},oops${after}`)
      const { error } = refusal([bytes])
      assert.equal((error as { offset?: number }).offset, before.length + list.length + 1, error.message)
    }
  })
})
