import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addRows } from '../../lib/kernel/block.ts'
import { CellKernel } from '../../lib/kernel/cell-kernel.ts'

describe('the codes of CellKernel', () => {
  it('tells texts apart that differ in one place, or in length', () => {
    const text = fc.tuple(fc.nat(70), fc.nat(70)).map(([length, place]) => {
      const letters = new Array<string>(length).fill('a')
      if (place < length) letters[place] = 'b'
      return letters.join('')
    })
    const runs = fc.array(fc.tuple(text, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(runs, (runs) => {
        const rows = runs.flatMap(([cell, times]) => Array.from({ length: times }, () => [cell]))
        const taken: unknown[][] = []
        const kernel = CellKernel.create(1)!
        const body = Buffer.from(JSON.stringify(rows).slice(1))
        kernel.run(body, 0, { lasting: false }, (block) => {
          assert.equal(block.columns[0]!.kind, 'coded')
          addRows(taken, block)
        })
        assert.deepEqual(taken, rows)
      }),
    )
  })

  it('tells a text from the word of its letters', () => {
    const rows = [
      ['1'],
      [1],
      ['null'],
      [null],
      ['1'],
      ['1'],
      [1],
      [1],
      ['true'],
      [true],
      ['\\n'],
      ['\n'],
      [''],
    ]
    const taken: unknown[][] = []
    CellKernel.create(1)!.run(Buffer.from(JSON.stringify(rows).slice(1)), 0, { lasting: false }, (block) =>
      addRows(taken, block),
    )
    assert.deepEqual(taken, rows)
  })
})
