import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { factsOfFormula } from '../../lib/pull/freeze-formulas.ts'

const elements = new Map(
  Object.entries({
    sumsumsum01: 'SUM',
    lastlast001: 'LAST',
    inperiod001: 'LAST_IN_PERIOD',
    first000001: 'FIRST_AVERAGE_ORG_UNIT',
  }).map(([id, aggregationType]) => [id, { id, aggregationType }]),
)

const factsOf = (text: string, others: Record<string, string> = {}, isLast = false) => {
  const { hasLast, addsYears, readsEvents } = factsOfFormula(
    'own',
    new Map(Object.entries({ own: text, ...others })),
    elements,
    isLast,
  )
  return [hasLast && 'last', addsYears && 'years', readsEvents && 'events'].filter(Boolean).join()
}

describe('the facts of a formula', () => {
  it('are those of its operands, functions and parts', () => {
    for (const [text, facts] of [
      ['(#{sumsumsum01}+C{constant001})/(#{sumsumsum01.combocombo1.*})', ''],
      ['#{lastlast001}', 'last'],
      ['#{ lastlast001.combocombo1 }*2', 'last'],
      ['#{inperiod001}', ''],
      ['#{first000001}', 'last'],
      ['#{sumsumsum01}.aggregationType(LAST_AVERAGE_ORG_UNIT)', 'last'],
      ['#{sumsumsum01}.aggregationType(LAST_IN_PERIOD)', ''],
      ['#{sumsumsum01}.periodOffset(-1)', 'years'],
      ['(#{lastlast001}+1).yearToDate()', 'last,years'],
      ['I{indicator01}/R{dataset0001.REPORTING_RATE}', 'events'],
      ['D{program0001.element0001}', 'events'],
      ['#{notThere001}', 'last'],
      ['#{deGroup:group000001}', 'last'],
    ] as const) {
      assert.equal(factsOf(text), facts, text)
    }
  })

  it('are those of indicators inside it, and of one that nobody sees', () => {
    assert.equal(factsOf('N{inner000001}', { inner000001: '#{lastlast001}' }), 'last')
    assert.equal(
      factsOf('N{inner000001}', { inner000001: 'N{own}+#{sumsumsum01}.periodOffset(-1)' }),
      'last,years,events',
    )
    assert.equal(factsOf('N{notThere001}'), 'last,years,events')
  })

  it('are LAST where the question says so', () => {
    assert.equal(factsOf('#{sumsumsum01}', {}, true), 'last')
    assert.equal(factsOf('C{constant001}', {}, true), '')
  })
})
