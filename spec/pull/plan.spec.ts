import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DatasetError, QueryError } from '../../lib/errors.ts'
import type { Piece } from '../../lib/pull/piece.ts'
import { PiecePlan, planFrom } from '../../lib/pull/plan.ts'
import { searchOf } from '../../lib/query/query.ts'
import { cellsAsked, cellsOf } from './support/asked-cells.ts'
import { questions } from './support/questions.ts'
import { smallQuestion } from './support/small-question.ts'

const sizes = fc.record({
  cells: fc.constantFrom(1, 7, 100, 50_000),
  urlBytes: fc.constantFrom(400, 900, 6500),
})
const cases = fc.tuple(questions, sizes)

const sorted = (cells: readonly string[]) => cells.toSorted()
const urlBytes = ({ endpoint, pairs }: Piece) => `${endpoint}?${searchOf(pairs)}`.length

/** The plan of a case; undefined where it has to be refused for its URL. */
function planned([{ question }, size]: typeof cases extends fc.Arbitrary<infer T> ? T : never) {
  try {
    return new PiecePlan(question, size)
  } catch (error) {
    assert.ok(error instanceof QueryError && size.urlBytes < 6500, String(error))
    return undefined
  }
}

function check(numRuns: number, test: (plan: PiecePlan, tree: readonly string[], pick: number) => void) {
  fc.assert(
    fc.property(cases, fc.nat(), (each, pick) => {
      const plan = planned(each)
      if (plan) test(plan, each[0].tree, pick)
    }),
    { seed: 20_261_128, numRuns },
  )
}

describe('a plan', () => {
  it('asks for each cell of its question in one piece, and for no other', () => {
    check(1500, (plan, tree) => {
      const pieces = [...plan.pieces()]
      assert.equal(pieces.length, plan.pieceCount)
      assert.deepEqual(
        sorted(pieces.flatMap((piece) => cellsOf(piece, tree))),
        sorted(cellsAsked(plan.question)),
      )
    })
  })

  it('keeps each URL within its budget, and knows the longest', () => {
    check(500, (plan) => {
      const all = [...plan.pieces()].map(urlBytes)
      const told = Math.max(...plan.groups.map((group) => group.urlBytes))
      assert.ok(told <= plan.size.urlBytes)
      for (const bytes of all) assert.ok(bytes <= told, `${bytes} of ${told}`)
      if (plan.question.kind === 'aggregate') assert.equal(Math.max(...all), told)
    })
  })

  it('cuts any piece into disjoint ones that cover it, down to those that nothing can cut', () => {
    check(1500, (plan, tree, pick) => {
      let piece = plan.piece(String(pick % plan.pieceCount))
      for (let depth = 0; depth < 6; depth++) {
        const parts = plan.cut(piece, (pick >> depth) % 2 === 1)
        if (parts.length === 0) break
        assert.ok(parts.length > 1)
        assert.deepEqual(sorted(parts.flatMap((part) => cellsOf(part, tree))), sorted(cellsOf(piece, tree)))
        for (const part of parts) {
          assert.equal(part.group, piece.group)
          assert.ok(urlBytes(part) <= plan.size.urlBytes)
          assert.deepEqual(plain(plan.piece(part.id)), plain(part))
        }
        piece = parts[pick % parts.length]!
      }
    })
  })

  it('cuts a piece along its data items first where one of them is wrong', () => {
    check(500, (plan, _, pick) => {
      const piece = plan.piece(String(pick % plan.pieceCount))
      if (!piece.covers) return
      const [items = [], ...parts] = [piece, ...plan.cut(piece, true)].map((each) => each.covers?.['dx'])
      const isWhole = plan.groups.some(({ whole }) => whole?.includes(items[0]!))
      if (items.length > 1 && !isWhole) assert.deepEqual(parts.flat(), items)
      else assert.deepEqual(plan.cut(piece, true).map(plain), plan.cut(piece).map(plain))
    })
  })

  it('joins pieces into one that asks for just what they do', () => {
    check(1500, (plan, tree, pick) => {
      const from = pick % plan.pieceCount
      const joined = plan.joined(from, (pick % 97) + 1)
      const [first, last = first] = joined.id.split('-').map(Number) as [number, number?]
      assert.equal(first, from)
      const each = Array.from({ length: last - first + 1 }, (_, at) => plan.piece(String(first + at)))
      assert.ok(each.length <= (pick % 97) + 1)
      assert.deepEqual(sorted(each.flatMap((piece) => cellsOf(piece, tree))), sorted(cellsOf(joined, tree)))
      assert.ok(urlBytes(joined) <= plan.size.urlBytes)
      assert.deepEqual(new Set(each.map(({ group }) => group)), new Set([joined.group]))
      assert.deepEqual(plain(plan.piece(joined.id)), plain(joined))
      if (last === first) return
      const parts = plan.cut(joined)
      assert.ok(parts.length > 1)
      assert.deepEqual(sorted(parts.flatMap((part) => cellsOf(part, tree))), sorted(cellsOf(joined, tree)))
    })
  })

  it('is the same each time, and the same from its JSON', () => {
    check(500, (plan) => {
      const json = JSON.stringify(plan)
      assert.equal(JSON.stringify(new PiecePlan(plan.question, plan.size)), json)
      const again = planFrom(JSON.parse(json))
      assert.equal(JSON.stringify(again), json)
      assert.deepEqual([...again.pieces()].map(plain), [...plan.pieces()].map(plain))
    })
  })

  it('bounds the rows of a piece, and what it covers is what it asks for', () => {
    check(500, (plan, tree) => {
      for (const piece of plan.pieces()) {
        const cells = cellsOf(piece, tree)
        if (piece.cells !== undefined) assert.ok(cells.length <= piece.cells)
        if (!piece.covers) continue
        const count = Object.values(piece.covers).reduce((product, { length }) => product * length, 1)
        assert.equal(count, cells.length)
      }
    })
  })

  it('knows no piece that it does not have', () => {
    const plan = new PiecePlan(smallQuestion, { cells: 6 })
    for (const id of ['22', '-1', '01', '0.5', '0.0', '0-0', '0-99', '0-1.1', '2-1', '', 'a', '1.', '5-6']) {
      assert.throws(() => plan.piece(id), RangeError, id)
    }
    assert.throws(() => plan.joined(22, 1), RangeError)
    assert.deepEqual(
      [...plan.pieces(20)].map(({ id }) => id),
      ['20', '21'],
    )
  })

  it('is not made from JSON of a newer format, or of a version that cuts otherwise', () => {
    const json = new PiecePlan(smallQuestion).toJSON()
    assert.throws(() => planFrom({ ...json, format: 2 }), DatasetError)
    assert.throws(() => planFrom({ ...json, groups: json.groups.slice(1) }), DatasetError)
  })
})

function plain({ isWanted: _, ...piece }: Piece): object {
  return piece
}
