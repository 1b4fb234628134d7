import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hierarchyOf } from '../../../lib/pull/refresh/hierarchy.ts'
import { needsOf } from '../../../lib/pull/refresh/needs.ts'
import { type Change, PieceMarks } from '../../../lib/pull/refresh/piece-marks.ts'
import { isoSpan } from '../../../lib/pull/refresh/reach.ts'
import type { Thing, Things } from '../../../lib/pull/refresh/things.ts'

const id = (name: string) => name.padEnd(11, '0')
const element = (aggregationType: string): Thing => ({
  name: aggregationType,
  fields: { aggregationType, domainType: 'AGGREGATE' },
})
const indicator = (numerator: string, denominator = '1'): Thing => ({
  name: numerator,
  fields: { numerator, denominator },
})
const [sum, last, average, early] = ['deSum', 'deLast', 'deAverage', 'deEarly'].map(id) as [
  string,
  string,
  string,
  string,
]
const [cocA, cocB] = [id('cocA'), id('cocB')] as [string, string]

/** Items, and how each is made of values: by hand, and not from the formulas. */
const formulas: Record<string, Thing> = {
  [id('inRate')]: indicator(`#{${sum}}`, `#{${average}.${cocA}}`),
  [id('inBefore')]: indicator(`#{${sum}.${cocB}}.periodOffset(-1) + #{${average}}`),
  [id('inToDate')]: indicator(`#{${sum}.*.${cocA}}.yearToDate()`),
  [id('inAfter')]: indicator(`(#{${sum}}.periodOffset( +2 )).periodOffset(-1)`),
  [id('inNested')]: indicator(`N{${id('inRate')}} * C{${id('constant')}}`),
  [id('inLast')]: indicator(`#{${sum}}.aggregationType(LAST)`),
}
const things: Things = {
  dataElements: {
    [sum]: element('SUM'),
    [last]: element('LAST'),
    [average]: element('AVERAGE'),
    [early]: element('FIRST_AVERAGE_ORG_UNIT'),
  },
  indicators: formulas,
}
const items = [sum, last, average, early, `${sum}.${cocA}`, `${last}.*.${cocB}`, ...Object.keys(formulas)]

const months = Array.from(
  { length: 24 },
  (_, at) => `${2023 + Math.floor(at / 12)}${String((at % 12) + 1).padStart(2, '0')}`,
)
const shownPeriods = [...months, '2023', '2024', '2023Q4', '2024Q1', '2024S1', '2023July', '2024W1', '2024W9']
const parents = new Map<string, string>([[id('top'), '']])
for (const district of ['a', 'b', 'c']) {
  parents.set(id(district), id('top'))
  for (const facility of ['1', '2', '3']) parents.set(id(district + facility), id(district))
}
const hierarchy = hierarchyOf(parents)
const orgUnits = [...parents.keys()]

type Values = Map<string, number>
const keyOf = ({ dataElement, categoryOptionCombo, attributeOptionCombo, period, orgUnit }: Change) =>
  [dataElement, categoryOptionCombo, attributeOptionCombo, period, orgUnit].join()

/** What a small server would say of an item: each of its parts with the months that count, summed, first or last. */
function answer(values: Values, item: string, period: string, orgUnit: string): string {
  const { from, to } = isoSpan(period)!
  const at = (offset: number) => {
    const length = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
    const move = (day: string, isEnd: boolean) => {
      // Whole months where it is one of months, else its own length.
      if (length < 28)
        return new Date(Date.parse(day) + offset * length * 86_400_000).toISOString().slice(0, 10)
      const date = new Date(Date.parse(day) + (isEnd ? 86_400_000 : 0))
      date.setUTCMonth(date.getUTCMonth() + offset * Math.round(length / 30.44))
      return new Date(date.getTime() - (isEnd ? 86_400_000 : 0)).toISOString().slice(0, 10)
    }
    return { from: move(from, false), to: move(to, true) }
  }
  type Pick = (months: readonly [string, number][]) => number
  const all: Pick = (found) => found.reduce((total, [, value]) => total + value, 0)
  const newest: Pick = (found) => found.toSorted(([a], [b]) => (a < b ? 1 : -1))[0]?.[1] ?? 0
  const oldest: Pick = (found) => found.toSorted(([a], [b]) => (a < b ? -1 : 1))[0]?.[1] ?? 0
  const part = (
    de: string,
    combo: string,
    attribute: string,
    span: { from: string; to: string },
    pick: Pick,
  ) => {
    const found: [string, number][] = []
    for (const [key, value] of values) {
      const [dataElement, coc, aoc, month, ou] = key.split(',') as [string, string, string, string, string]
      const days = isoSpan(month)!
      if (dataElement !== de || (combo !== '*' && coc !== combo) || (attribute !== '*' && aoc !== attribute))
        continue
      if (days.from > span.to || days.to < span.from || !hierarchy.aboveOf(ou).includes(orgUnit)) continue
      found.push([month, value])
    }
    return pick(found)
  }
  const ever = { from: '0000-01-01', to }
  const now = { from, to }
  const rate = () => [part(sum, '*', '*', now, all), part(average, cocA, '*', now, all)]
  const made: Record<string, () => unknown> = {
    [sum]: () => part(sum, '*', '*', now, all),
    [average]: () => part(average, '*', '*', now, all),
    [last]: () => part(last, '*', '*', ever, newest),
    [early]: () => part(early, '*', '*', ever, oldest),
    [`${sum}.${cocA}`]: () => part(sum, cocA, '*', now, all),
    [`${last}.*.${cocB}`]: () => part(last, '*', cocB, ever, newest),
    [id('inRate')]: rate,
    [id('inNested')]: rate,
    [id('inBefore')]: () => [part(sum, cocB, '*', at(-1), all), part(average, '*', '*', now, all)],
    [id('inToDate')]: () => part(sum, '*', cocA, { from: `${from.slice(0, 4)}-01-01`, to }, all),
    [id('inAfter')]: () => part(sum, '*', '*', at(1), all),
    [id('inLast')]: () => part(sum, '*', '*', ever, newest),
  }
  return JSON.stringify(made[item]!())
}

const change = fc.record({
  dataElement: fc.constantFrom(sum, last, average, early),
  categoryOptionCombo: fc.constantFrom(cocA, cocB),
  attributeOptionCombo: fc.constantFrom(cocA, cocB),
  period: fc.constantFrom(...months),
  orgUnit: fc.constantFrom(...orgUnits),
})
/** A plan of bricks: each axis cut somewhere, or not there. */
const axis = (ids: readonly string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant([undefined]) },
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.shuffledSubarray([...ids], { minLength: 1 }), fc.integer({ min: 1, max: 5 }))
        .map(([some, size]) =>
          Array.from({ length: Math.ceil(some.length / size) }, (_, at) =>
            some.slice(at * size, (at + 1) * size),
          ),
        ),
    },
  )

describe('the marks of pieces', () => {
  const { needs, holes } = needsOf(items, things)
  const options = { needs, spanOf: isoSpan, aboveOf: hierarchy.aboveOf }

  it('has no hole for elements, operands and indicators', () => {
    assert.deepEqual(holes, {})
  })

  it('are on every piece that a small server answers otherwise since values have changed', () => {
    let differed = 0
    fc.assert(
      fc.property(
        axis(items),
        axis(shownPeriods),
        axis(orgUnits),
        fc.array(change, { maxLength: 25 }),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (dx, pe, ou, there, changes) => {
          const pieces = dx.flatMap((d) =>
            pe.flatMap((p) =>
              ou.map((o) => ({
                covers: { ...(d && { dx: d }), ...(p && { pe: p }), ...(o && { ou: o }) } as Record<
                  string,
                  string[]
                >,
              })),
            ),
          )
          const numbered = pieces.map((piece, at) => ({ ...piece, id: String(at) }))
          const before: Values = new Map(there.map((each, at) => [keyOf(each), at + 1]))
          const after = new Map(before)
          for (const each of changes) {
            if (!after.delete(keyOf(each))) after.set(keyOf(each), 1000)
          }
          const marks = new PieceMarks({ ...options, pieces: numbered })
          for (const each of changes) marks.change(each)
          for (const { id: piece, covers } of numbered) {
            if (marks.marked.has(piece)) continue
            // Few cells of many, as a piece has one of each list.
            for (const d of (covers['dx'] ?? items).slice(0, 3)) {
              for (const p of (covers['pe'] ?? shownPeriods).slice(0, 3)) {
                for (const o of (covers['ou'] ?? orgUnits).slice(0, 2)) {
                  assert.equal(answer(after, d, p, o), answer(before, d, p, o), `${piece}: ${d} ${p} ${o}`)
                }
              }
            }
          }
          differed += marks.marked.size
        },
      ),
      { numRuns: 400, seed: 11 },
    )
    assert.ok(differed > 1000)
  })

  it('are on those pieces only that hold what shows the value, when and where', () => {
    const pieces = [...items, 'other'].flatMap((dx) =>
      shownPeriods.flatMap((pe) =>
        orgUnits.map((ou) => ({ id: `${dx}|${pe}|${ou}`, covers: { dx: [dx], pe: [pe], ou: [ou] } })),
      ),
    )
    const marks = new PieceMarks({ ...options, pieces })
    const value = {
      categoryOptionCombo: cocB,
      attributeOptionCombo: cocB,
      period: '202403',
      orgUnit: id('b2'),
    }
    marks.change({ ...value, dataElement: average })
    assert.deepEqual(
      [...new Set([...marks.marked.keys()].map((piece) => piece.split('|')[0]))].toSorted(),
      [average, id('inBefore')].toSorted(),
    )
    assert.deepEqual([...new Set([...marks.marked.keys()].map((piece) => piece.split('|')[2]))].toSorted(), [
      id('b'),
      id('b2'),
      id('top'),
    ])
    const shown = [...marks.marked.keys()].filter(
      (piece) => piece.startsWith(`${average}|`) && piece.endsWith(id('b')),
    )
    assert.deepEqual(
      shown.map((piece) => piece.split('|')[1]).toSorted(),
      ['202403', '2023July', '2024', '2024Q1', '2024S1', '2024W9'].toSorted(),
    )
    assert.deepEqual(new Set(marks.marked.values()), new Set(['values have changed']))
  })

  it('are on all that has an item, a period or an org unit, where that is said', () => {
    const pieces = items.flatMap((dx) =>
      ['2023', '2024'].map((pe) => ({ id: `${dx}|${pe}`, covers: { dx: [dx], pe: [pe], ou: orgUnits } })),
    )
    const marks = new PieceMarks({ ...options, pieces: [...pieces, { id: 'events', covers: undefined }] })
    marks.items('a formula', { dx: [sum, 'unknown'] })
    assert.deepEqual([...marks.marked.keys()], [`${sum}|2023`, `${sum}|2024`])
    marks.items('all', { pe: ['2024'], ou: [id('a')] })
    assert.equal(marks.marked.size, items.length + 1)
    assert.equal(marks.marked.get(`${sum}|2024`), 'a formula')
  })

  it('mark all periods for a value of a period that nobody knows', () => {
    const pieces = ['2023', '2024', 'Meskerem'].map((pe) => ({ id: pe, covers: { dx: [sum], pe: [pe] } }))
    const marks = new PieceMarks({ ...options, pieces })
    const other = { dataElement: sum, orgUnit: id('a1') }
    marks.change({ ...other, period: '202301' })
    assert.deepEqual([...marks.marked.keys()], ['2023', 'Meskerem'])
    marks.change({ ...other, period: 'Tikimt' })
    assert.equal(marks.marked.size, 3)
    marks.change({ ...other, dataElement: 'nobody', period: '2023' })
  })

  it('take a million values against a hundred thousand pieces by their lists and not by their product', () => {
    const facilities = Array.from({ length: 20_000 }, (_, at) => `f${at}`)
    const districts = new Map(facilities.map((facility, at) => [facility, `d${at % 200}`]))
    const elements = Array.from({ length: 50 }, (_, at) => `e${at}`)
    const dxs = Array.from({ length: 10 }, (_, at) => elements.slice(at * 5, at * 5 + 5))
    const ous = Array.from({ length: 200 }, (_, at) => [
      `d${at}`,
      ...facilities.filter((_, facility) => facility % 200 === at),
    ])
    const pes = Array.from({ length: 50 }, (_, at) => [`${1990 + at}`])
    const pieces = dxs.flatMap((dx, d) =>
      pes.flatMap((pe, p) => ous.map((ou, o) => ({ id: `${d}-${p}-${o}`, covers: { dx, pe, ou } }))),
    )
    let looked = 0
    const marks = new PieceMarks({
      pieces,
      needs: elements.map((item) => ({
        item,
        element: item,
        reach: { before: 0, after: 0, toDate: false, everBefore: false },
      })),
      spanOf: (period) => {
        looked += 1
        return isoSpan(period)
      },
      aboveOf: (facility) => [facility, districts.get(facility)!],
    })
    const expected = new Set<string>()
    for (let at = 0; at < 1_000_000; at++) {
      const [e, y, f] = [(at * 7) % 50, (at * 13) % 40, (at * 31) % 19_999]
      expected.add(`${Math.floor(e / 5)}-${y}-${f % 200}`)
      const month = `${1990 + y}${String((at % 12) + 1).padStart(2, '0')}`
      marks.change({ dataElement: elements[e]!, period: month, orgUnit: facilities[f]! })
    }
    assert.equal(pieces.length, 100_000)
    assert.deepEqual(new Set(marks.marked.keys()), expected)
    assert.ok(looked < 50_000, `${looked} periods were looked at`)
  })
})
