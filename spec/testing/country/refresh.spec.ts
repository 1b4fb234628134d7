import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Country, countryOf } from '../../../lib/testing/index.ts'
import { cells, question } from '../../support/country.ts'

const made = (more: object = {}) => countryOf({ seed: 6, orgUnits: 20, levels: 4, ...more })

function total(
  country: Country,
  pe: string,
  more: Readonly<Record<string, string>> = {},
): string | undefined {
  const found = cells(
    country,
    question({ dx: [country.dataElements[1]!.id], pe: [pe], ou: [country.orgUnits[0]!.id] }, more),
  )
  return [...found.values()][0]
}

/** A filled cell of the second data element. */
function someCell(country: Country, year = 2024) {
  const { id } = country.dataElements[1]!
  const keys = country
    .enteredBy(id)
    .map((place) => ({ dataElement: id, period: `${year}01`, orgUnit: place.id }))
  return keys.find((key) => country.value(key) !== undefined)!
}

function changed(country: Country, more: string) {
  const answer = country.dataValueSets(
    `dataElement=${country.dataElements[1]!.id}&orgUnit=${country.orgUnits[0]!.id}&${more}`,
  )
  if ('message' in answer) throw new Error(answer.errorCode)
  return answer
}

describe('a country: values that change', () => {
  it('show in analytics after the next rebuild, and in the values at once', () => {
    const country = made()
    const key = someCell(country)
    const before = Number(total(country, '202401'))
    country.edit({ ...key, value: Number(country.value(key)) + 100 })
    assert.equal(Number(total(country, '202401')), before)
    country.advance(1)
    country.rebuild()
    assert.equal(Number(total(country, '202401')).toFixed(1), (before + 100).toFixed(1))
  })

  it('do not show where they were made when the job had begun', () => {
    const country = made()
    const key = someCell(country)
    const before = total(country, '202401')
    const job = country.beginRebuild()
    country.edit({ ...key, value: 5000 })
    job.finish()
    assert.equal(total(country, '202401'), before)
  })

  it('go when they are deleted or zero', () => {
    for (const change of ['remove', 'zero']) {
      const country = made()
      const key = someCell(country)
      const before = Number(total(country, '202401'))
      const value = Number(country.value(key))
      if (change === 'remove') country.remove(key)
      else country.edit({ ...key, value: 0 })
      country.advance(1)
      country.rebuild()
      assert.equal(Number(total(country, '202401')).toFixed(1), (before - value).toFixed(1))
    }
  })

  it('can be text', () => {
    const country = made()
    const text = country.dataElements.find(({ valueType }) => valueType === 'TEXT')!
    const key = { dataElement: text.id, period: '202401', orgUnit: country.enteredBy(text.id)[0]!.id }
    country.edit({ ...key, value: 12 })
    assert.equal(country.value(key), '12')
  })

  it('are refused where there can be none', () => {
    const country = made()
    const key = someCell(country)
    for (const wrong of [
      { dataElement: 'nothing' },
      { orgUnit: country.orgUnits[0]!.id },
      { period: '2024' },
      { categoryOptionCombo: 'x' },
    ]) {
      assert.throws(() => country.edit({ ...key, ...wrong, value: 1 }), RangeError)
    }
    assert.throws(() => country.enteredBy('nothing'), RangeError)
  })
})

describe('a country: /api/dataValueSets', () => {
  it('counts lastUpdated and lastUpdatedDuration in whole days, each value to the millisecond', () => {
    const country = made()
    const key = someCell(country)
    country.edit({ ...key, value: 7 })
    country.advance(3_600_000)
    const expected = {
      period: '202401',
      orgUnit: key.orgUnit,
      dataValues: [
        {
          dataElement: key.dataElement,
          categoryOptionCombo: 'HllvX50cXC0',
          attributeOptionCombo: 'HllvX50cXC0',
          value: '7',
          storedBy: 'admin',
          created: changed(country, 'children=true&lastUpdatedDuration=5m').dataValues[0]!.created,
          lastUpdated: '2026-01-15T08:30:00.000+0000',
          followup: false,
        },
      ],
    }
    for (const since of [
      'lastUpdated=2026-01-15T09:29:00',
      'lastUpdated=2026-01-15',
      'lastUpdatedDuration=5m',
      'lastUpdatedDuration=9h',
    ]) {
      assert.deepEqual(changed(country, `children=true&${since}`), expected, since)
    }
    country.advance(86_400_000)
    assert.deepEqual(changed(country, 'children=true&lastUpdatedDuration=5m'), { dataValues: [] })
    assert.deepEqual(changed(country, 'children=true&lastUpdatedDuration=1d'), expected)
  })

  it('tells deleted values only when asked to, without their value', () => {
    const country = made()
    country.remove(someCell(country))
    country.edit({ ...someCell(country, 2023), value: 3 })
    assert.equal(changed(country, 'children=true&lastUpdated=2026-01-15').dataValues.length, 1)
    const { dataValues, period } = changed(
      country,
      'children=true&lastUpdated=2026-01-15&includeDeleted=true',
    )
    assert.equal(period, undefined)
    const [deleted] = dataValues.filter((value) => value.deleted)
    assert.deepEqual([deleted!.value, deleted!.period, dataValues.length], [undefined, '202401', 2])
  })

  it('gives all values of a period, an org unit and those below it, or of a data set', () => {
    const country = made()
    const { orgUnit, dataElement } = someCell(country)
    const all = changed(country, 'children=true&period=202401').dataValues
    assert.ok(all.length > 3)
    assert.equal(changed(country, 'period=202401').dataValues.length, 0)
    const own = country.dataValueSets(
      `dataElement=${dataElement}&orgUnit=${orgUnit}&startDate=2024-01-01&endDate=2024-12-31`,
    )
    assert.ok('dataValues' in own && own.dataValues.every(({ period }) => period!.startsWith('2024')))
    const [{ id }] = country.dataSets as readonly [{ id: string }, ...unknown[]]
    const set = country.dataValueSets(`dataSet=${id}&orgUnit=${orgUnit}&period=202401`)
    assert.ok('dataValues' in set && new Set(set.dataValues.map((value) => value.dataElement)).size > 5)
    assert.ok(changed(country, 'children=true&lastUpdated=2020-01-01').dataValues.length > 100)
  })

  it('needs data, an org unit and a time', () => {
    const country = made()
    const [dx, ou] = [`dataElement=${country.dataElements[0]!.id}`, `orgUnit=${country.orgUnits[0]!.id}`]
    const code = (params: string) => {
      const answer = country.dataValueSets(params)
      return 'message' in answer && answer.errorCode
    }
    assert.deepEqual(
      [code(`${ou}&period=2024`), code(`${dx}&period=2024`), code(`${dx}&${ou}`)],
      ['E2001', 'E2006', 'E2002'],
    )
  })
})

describe('a country: tables that are made anew', () => {
  function edited(): Country {
    const country = made()
    for (const year of [2023, 2024, 2025]) {
      const key = someCell(country, year)
      country.edit({ ...key, value: Number(country.value(key)) + 1000 })
    }
    country.advance(1)
    return country
  }
  const years = ['202301', '202401', '202501']
  /** What was seen at each step; no question is asked twice, as the server remembers its answers. */
  function seen(job: { step(): void; stepsLeft: number }, look: (step: string) => string): string[] {
    const found: string[] = []
    for (let step = 0; job.stepsLeft; step++) {
      job.step()
      found.push(look(String(step)))
    }
    return found.filter((each, at) => each !== found[at - 1])
  }

  it('turn new one year after another, and the pin is written at the end, as the start', () => {
    const country = edited()
    const old = years.map((pe) => total(country, pe))
    const start = country.now
    const job = country.beginRebuild()
    const look = (step: string) =>
      years.map((pe, at) => (total(country, pe, { step }) === old[at] ? 'old' : 'new')).join(' ')
    assert.deepEqual(seen(job, look), ['old old old', 'old old new', 'old new new', 'new new new'])
    assert.equal(job.isRunning, false)
    assert.equal(country.model.tables.pin, Date.parse(`${start}Z`))
    assert.ok(country.now > start)
  })

  it('vanish until there is nothing, of rawData too', () => {
    const country = edited()
    const dx = country.dataElements[1]!.id
    const ask = `dimension=dx:${dx}&dimension=pe:2023;2025&dimension=ou:${country.orgUnits[0]!.id}`
    const count = (step: string) => {
      const answer = country.rawData(`${ask}&step=${step}`)
      return 'rows' in answer ? [...answer.rows].length : -1
    }
    const all = count('before')
    const counts = seen(country.beginRebuild({ way: 'vanishes' }), (step) => String(count(step))).map(Number)
    assert.equal(counts.length, 5)
    assert.deepEqual([counts[0], counts[3], counts[4]], [all, 0, all])
    assert.ok(counts[1]! > counts[2]! && counts[2]! > 0)
  })

  it('lose events of one year after another', () => {
    const country = edited()
    const pi = country.program.indicators[0]!.id
    const look = (step: string) => {
      const found = cells(
        country,
        question({ dx: [pi], pe: ['2023', '2024', '2025'], ou: [country.orgUnits[0]!.id] }, { step }),
      )
      return String(found.size)
    }
    assert.deepEqual(seen(country.beginRebuild(), look), ['3', '2', '1', '0', '3'])
  })

  it('are remembered as they were, until just after the pin has moved', () => {
    const country = edited()
    const before = total(country, '202401')
    const job = country.beginRebuild()
    const pin = country.model.tables.pin
    while (country.model.tables.pin === pin) job.step()
    assert.equal(total(country, '202401'), before)
    assert.notEqual(total(country, '202401', { step: '1' }), before)
    job.finish()
    assert.notEqual(total(country, '202401'), before)
  })

  it('are made by one job at a time', () => {
    const country = made()
    country.beginRebuild()
    assert.throws(() => country.rebuild(), /already/)
  })

  it('are none where analytics never ran', () => {
    const country = made({ hasAnalytics: false })
    assert.equal(total(country, '2024'), undefined)
    const refused = country.eventCounts('dimension=pe:2024')
    assert.equal('message' in refused && refused.errorCode, 'E7144')
    const raw = country.rawData(`dimension=dx:${country.dataElements[0]!.id}&dimension=pe:2024`)
    assert.deepEqual('rows' in raw && [...raw.rows], [])
    country.rebuild()
    assert.ok(total(country, '2024'))
  })
})
