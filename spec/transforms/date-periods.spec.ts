import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { castCells, datePeriods, labelCells, toCsv, toObjects } from 'dhis2-analytics-stream'
import { connected } from '../support/connected.ts'
import { header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('pe'), header('value', 'NUMBER')]
const rows = [
  ['a', '202402', '1'],
  ['b', '2024Q1', '2'],
]

describe('datePeriods', () => {
  it('adds the first and the last day of each period behind it', async () => {
    const { out, headers: announced } = await through({ headers, rows }, datePeriods())
    assert.deepEqual(out, [
      ['a', '202402', '2024-02-01', '2024-02-29', '1'],
      ['b', '2024Q1', '2024-01-01', '2024-03-31', '2'],
    ])
    assert.deepEqual(
      announced?.map(({ name, column, valueType }) => [name, column, valueType]),
      [
        ['dx', 'The dx', 'TEXT'],
        ['pe', 'The pe', 'TEXT'],
        ['pe.start', 'The pe start date', 'DATE'],
        ['pe.end', 'The pe end date', 'DATE'],
        ['value', 'The value', 'NUMBER'],
      ],
    )
  })

  it('goes with the stages before and behind it', async () => {
    const metaData = { items: { a: { name: 'ANC' }, '202402': { name: 'February 2024' } } }
    const made = await through(
      { headers, rows: rows.slice(0, 1), metaData },
      castCells(),
      datePeriods(),
      labelCells(),
      toCsv(),
    )
    assert.equal(textOf(made.out), 'dx,pe,pe.start,pe.end,value\nANC,February 2024,2024-02-01,2024-02-29,1\n')
    const dates = await through(
      { headers, rows },
      datePeriods({ dates: 'date' }),
      castCells({ dates: 'date' }),
      toObjects(),
    )
    assert.deepEqual((dates.out[0] as Record<string, unknown>)['pe.end'], new Date('2024-02-29T00:00:00Z'))
  })

  it('believes what the server says of a period, on whatever calendar', async () => {
    const metaData = {
      items: { '201704': { startDate: '2024-12-10T00:00:00.000', endDate: '2025-01-08T00:00:00.000' } },
    }
    const { out } = await through({ headers, rows: [['a', '201704', '1']], metaData }, datePeriods())
    assert.deepEqual(out, [['a', '201704', '2024-12-10', '2025-01-08', '1']])
  })

  it('takes no other days than the server says on another calendar than its own', async () => {
    const metaData = { items: { '201601': { startDate: '2023-09-12', endDate: '2023-10-11' } } }
    const some = [['a', '201601', '1']]
    for (const calendar of ['julian', 'ethiopian', 'coptic', 'islamic', 'nepali', 'thai', 'persian']) {
      const { out } = await through({ headers, rows: some, metaData }, datePeriods({ calendar }))
      assert.deepEqual(out, [['a', '201601', '2023-09-12', '2023-10-11', '1']])
      await assert.rejects(
        through({ headers, rows: [...some, ['b', '201602', '1']], metaData }, datePeriods({ calendar })),
        {
          name: 'RowError',
          rowNumber: 2,
          column: 'pe',
          message: new RegExp(
            `"201602" has no days .* on the ${calendar} calendar; ask with includeMetadataDetails: true$`,
          ),
        },
      )
    }
  })

  it('computes days of the calendar that a server is on unless told otherwise', async (t) => {
    const { client } = await connected(t)
    const { calendar } = await client.system.info()
    assert.equal(calendar, 'iso8601')
    for (const each of [calendar, 'gregorian', undefined]) {
      const { out } = await through({ headers, rows }, datePeriods({ calendar: each }))
      assert.equal((out[0] as unknown[])[2], '2024-02-01')
    }
    assert.throws(() => datePeriods({ calendar: 'mayan' }), {
      name: 'QueryError',
      message: /^datePeriods: calendar: must be one of iso8601, gregorian, julian, /,
    })
  })

  for (const items of [
    null,
    { '202402': null },
    { '202402': 'February' },
    { '202402': { startDate: null } },
  ]) {
    it(`takes nulls for what was left out: ${JSON.stringify(items)}`, async () => {
      const made = await through({ headers, rows, metaData: { items } as never }, datePeriods())
      assert.equal((made.out[0] as unknown[])[2], '2024-02-01')
    })
  }

  it('takes other columns, years that are numbers, and cells without a period', async () => {
    const twice = [header('from'), header('to')]
    const cells = [
      [2024, '2024S1'],
      [null, ''],
    ]
    const { out } = await through({ headers: twice, rows: cells }, datePeriods({ columns: ['to', 'from'] }))
    assert.deepEqual(out, [
      [2024, '2024-01-01', '2024-12-31', '2024S1', '2024-01-01', '2024-06-30'],
      [null, null, null, '', null, null],
    ])
  })

  it('fails by row and column at what is no period', async () => {
    for (const cell of ['2024W53', 'LAST_12_MONTHS', 'January 2024', { a: 1 }]) {
      await assert.rejects(through({ headers, rows: [...rows, ['c', cell, '3']] }, datePeriods()), {
        name: 'RowError',
        rowNumber: 3,
        column: 'pe',
        message: /is no period/,
      })
    }
  })

  it('fails where its columns can not be', async () => {
    await assert.rejects(through({ headers: [header('ou')], rows: [] }, datePeriods()), /no column "pe"/)
    const taken = [header('pe'), header('pe.start')]
    await assert.rejects(through({ headers: taken, rows: [] }, datePeriods()), /a column "pe.start" already/)
    assert.throws(() => datePeriods({ columns: [] }), { name: 'QueryError' })
    assert.throws(() => datePeriods({ dates: 'text' as never }), /must be 'iso' or 'date'/)
  })
})
