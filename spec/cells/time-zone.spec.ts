import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { type CastCellsOptions, castCells, parseRows, RowError } from 'dhis2-analytics-stream'
import { header, through } from '../support/stages.ts'

async function cast(valueType: string, cells: unknown[], options: CastCellsOptions): Promise<unknown[]> {
  const { out } = await through(
    { headers: [header('c', valueType)], rows: cells.map((cell) => [cell]) },
    castCells(options),
  )
  return out.map((row) => (row as unknown[])[0])
}

describe('castCells: times of a zone', () => {
  const cases: [zone: string, cells: Record<string, string>][] = [
    ['UTC', { '2024-07-01 12:00:00.0': '2024-07-01T12:00:00.000+00:00' }],
    ['Africa/Freetown', { '2024-07-01 12:00:00.0': '2024-07-01T12:00:00.000+00:00' }],
    ['Asia/Kathmandu', { '2024-07-01 12:00:00.0': '2024-07-01T12:00:00.000+05:45' }],
    [
      'Europe/Oslo',
      {
        '2024-01-15 12:00:00.0': '2024-01-15T12:00:00.000+01:00',
        '2024-07-15 12:00:00.0': '2024-07-15T12:00:00.000+02:00',
        '2024-03-31 01:59:59.999': '2024-03-31T01:59:59.999+01:00',
        // Left out by the clocks: what they would have shown without summer time.
        '2024-03-31 02:30:00.0': '2024-03-31T02:30:00.000+01:00',
        '2024-03-31 03:00:00.0': '2024-03-31T03:00:00.000+02:00',
        // Shown twice: the first.
        '2024-10-27 02:30:00.0': '2024-10-27T02:30:00.000+02:00',
        '2024-10-27 03:00:00.0': '2024-10-27T03:00:00.000+01:00',
      },
    ],
    [
      'America/New_York',
      {
        '2024-11-03 01:30:00.0': '2024-11-03T01:30:00.000-04:00',
        '2024-11-03 02:00:00.0': '2024-11-03T02:00:00.000-05:00',
      },
    ],
    [
      'Australia/Lord_Howe',
      {
        '2024-04-07 01:45:00.0': '2024-04-07T01:45:00.000+11:00',
        '2024-04-07 02:00:00.0': '2024-04-07T02:00:00.000+10:30',
      },
    ],
  ]
  for (const [zone, cells] of cases) {
    it(`is the server’s own: ${zone}`, async () => {
      const texts = Object.keys(cells)
      assert.deepEqual(await cast('DATETIME', texts, { zone }), Object.values(cells))
      const dates = (await cast('DATETIME', texts, { zone, dates: 'date' })) as Date[]
      assert.deepEqual(
        dates.map((date) => date.getTime()),
        Object.values(cells).map((text) => Date.parse(text)),
      )
    })
  }

  it('leaves days and times with a zone of their own as they are', async () => {
    const zone = 'Europe/Oslo'
    assert.deepEqual(await cast('DATE', ['2024-07-01', '2024-07-01 00:00:00.0'], { zone }), [
      '2024-07-01',
      '2024-07-01',
    ])
    assert.deepEqual(await cast('DATETIME', ['2024-07-01T12:00:00.000+0300'], { zone }), [
      '2024-07-01T12:00:00.000+03:00',
    ])
  })
})

describe('castCells: offsets', () => {
  it('are those a clock may have, also as Java writes them', async () => {
    const cell = '2024-07-01 12:00:00.0'
    for (const zone of ['+05:45', 'GMT+05:45', 'UTC+05:45']) {
      assert.deepEqual(await cast('DATETIME', [cell], { zone }), ['2024-07-01T12:00:00.000+05:45'])
    }
    for (const zone of ['+99:99', '+18:01', '+05:60', 'GMT+99:99', '+0545', '', 'Mars/Phobos', 'UTC ']) {
      assert.throws(() => castCells({ zone }), { name: 'QueryError', message: /must be a time zone/ }, zone)
    }
  })

  it('are no more in a cell than in the option', async () => {
    const cells = ['2024-07-01T12:00:00+99:99', '2024-07-01T12:00:00+1801']
    for (const dates of ['iso', 'date'] as const) {
      assert.deepEqual(await cast('DATETIME', cells, { dates }), cells)
      await assert.rejects(cast('DATETIME', cells, { dates, onError: 'error' }), RowError)
    }
  })
})

describe('castCells: numbers that are none', () => {
  const cells = ['NaN', 'Infinity', '-Infinity', '1']
  it('are null, as they came, or an error', async () => {
    assert.deepEqual(await cast('NUMBER', cells, {}), [null, null, null, 1])
    assert.deepEqual(await cast('INTEGER', cells, { onError: 'error' }), [null, null, null, 1])
    assert.deepEqual(await cast('NUMBER', cells, { nonFinite: 'keep' }), ['NaN', 'Infinity', '-Infinity', 1])
    assert.deepEqual(await cast('TEXT', cells, {}), cells)
    const rows = cells.map((cell) => [cell])
    const failing = through({ headers: [header('c', 'NUMBER')], rows }, castCells({ nonFinite: 'error' }))
    await assert.rejects(failing, RowError)
  })

  it('are so where they are numbers on the wire', async () => {
    const read = (options: CastCellsOptions) => {
      const body = Buffer.from('{"headers":[{"name":"c","valueType":"NUMBER"}],"rows":[[1e999],[-1e999]]}')
      return Readable.from([body], { objectMode: false }).pipe(parseRows()).pipe(castCells(options)).toArray()
    }
    assert.deepEqual(await read({}), [[null], [null]])
    assert.deepEqual(await read({ nonFinite: 'keep' }), [[Infinity], [-Infinity]])
    await assert.rejects(read({ nonFinite: 'error' }), {
      name: 'RowError',
      message: /"Infinity" is no NUMBER/,
    })
  })
})
