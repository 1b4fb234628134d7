import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toyCountry } from './toy-country.ts'

describe('a refresh', () => {
  it('pulls all of what is not there', async (t) => {
    const toy = await toyCountry(t)
    const report = await toy.refresh()
    assert.deepEqual(await toy.lines(), toy.truth())
    assert.equal(report.refresh?.isFull, true)
  })

  it('pulls what has changed, and the last periods', async (t) => {
    const toy = await toyCountry(t)
    await toy.run()
    assert.deepEqual(await toy.lines(), toy.truth())
    const { country } = toy
    const [element] = country.dataElements
    const place = country.enteredBy(element!.id)[0]!
    country.advance(3_600_000)
    country.edit({ dataElement: element!.id, period: '202502', orgUnit: place.id, value: 123_456 })
    country.advance(20 * 3_600_000)
    country.rebuild()
    country.advance(60_000)
    const before = toy.server.requests.length
    const report = await toy.refresh({ periods: 0, probeEveryDays: Number.POSITIVE_INFINITY })
    console.log(report.refresh, toy.server.requests.length - before)
    assert.deepEqual(await toy.lines(), toy.truth())
    assert.equal(report.refresh?.changedValueCount, 1)
    const again = await toy.refresh({ periods: 1, probeEveryDays: Number.POSITIVE_INFINITY })
    console.log(again.refresh, again.freshness)
  })
})
