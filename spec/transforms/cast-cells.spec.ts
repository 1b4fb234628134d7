import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CastCellsOptions, castCells, labelCells, mapRows, RowError } from 'dhis2-analytics-stream'
import fc from 'fast-check'
import { failureOf, header, through } from '../support/stages.ts'

/** What comes of these cells in a column of this type. */
async function cast(valueType: string, cells: unknown[], options: CastCellsOptions = {}): Promise<unknown[]> {
  const rows = cells.map((cell) => [cell])
  const { out } = await through({ headers: [header('c', valueType)], rows }, castCells(options))
  return out.map((row) => (row as unknown[])[0])
}

const numberTypes = [
  'NUMBER',
  'PERCENTAGE',
  'UNIT_INTERVAL',
  'INTEGER',
  'INTEGER_POSITIVE',
  'INTEGER_NEGATIVE',
  'INTEGER_ZERO_OR_POSITIVE',
]

describe('castCells: numbers', () => {
  for (const valueType of numberTypes) {
    it(`makes numbers of ${valueType}`, async () => {
      assert.deepEqual(await cast(valueType, ['12', '90.0', '-3', '0', '']), [12, 90, -3, 0, null])
    })
  }

  it('reads every way that servers write them', async () => {
    assert.deepEqual(
      await cast('NUMBER', ['101.47', '1.0E-4', '2.5e3', '.5', '5.', '+7', '007']),
      [101.47, 0.0001, 2500, 0.5, 5, 7, 7],
    )
  })

  it('leaves what only JavaScript takes for a number', async () => {
    const cells = ['0x10', ' 1', '1 ', '1_000', '1,5', '1e999', '-', '.', '1e', '--1', '1.2.3', '١']
    assert.deepEqual(await cast('NUMBER', cells), cells)
  })

  it('is what Number makes of it, for any decimal', async () => {
    const decimals = fc.tuple(
      fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e15, min: -1e15 }),
      fc.nat(20),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(decimals, { minLength: 1, maxLength: 200 }), async (numbers) => {
        const cells = numbers.map(([number, digits]) => number.toFixed(digits))
        assert.deepEqual(await cast('NUMBER', cells), cells.map(Number))
      }),
      { numRuns: 50 },
    )
  })

  it('never loses digits of an integer beyond 2^53 quietly', async () => {
    const cells = [
      '9007199254740991',
      '9007199254740993',
      '-9007199254740993',
      '12345678901234567890',
      '9007199254740993.0',
    ]
    assert.deepEqual(await cast('INTEGER', cells), [9007199254740991, ...cells.slice(1)])
    assert.deepEqual(
      await cast('NUMBER', ['1.0E20', '10000000000000000', '1.7976931348623157E308']),
      [1e20, 1e16, 1.7976931348623157e308],
    )
    await assert.rejects(cast('INTEGER', cells, { onError: 'error' }), { rowNumber: 2, column: 'c' })
  })

  it('leaves numbers that were numbers on the wire', async () => {
    assert.deepEqual(await cast('NUMBER', [12, -0.5, null]), [12, -0.5, null])
  })
})

describe('castCells: booleans', () => {
  it('makes booleans of BOOLEAN and TRUE_ONLY', async () => {
    for (const valueType of ['BOOLEAN', 'TRUE_ONLY']) {
      assert.deepEqual(await cast(valueType, ['1', '0', 'true', 'false', '', 1, 0, true, null]), [
        true,
        false,
        true,
        false,
        null,
        true,
        false,
        true,
        null,
      ])
      assert.deepEqual(await cast(valueType, ['yes', '2', 'TRUE']), ['yes', '2', 'TRUE'])
    }
  })
})

describe('castCells: dates', () => {
  const sent = ['2022-12-29', '2022-12-29 00:00:00.0', '2022-12-29 14:05:00.12', '2022-12-29T14:05:00.123']

  it('makes ISO dates of DATE and AGE, which keep a time that is not midnight', async () => {
    const iso = ['2022-12-29', '2022-12-29', '2022-12-29T14:05:00.120', '2022-12-29T14:05:00.123']
    for (const valueType of ['DATE', 'AGE'])
      assert.deepEqual(await cast(valueType, [...sent, '']), [...iso, null])
  })

  it('knows the leap years of all centuries', async () => {
    const options = { onError: 'error' } as const
    const leapDays = ['0000-02-29', '0004-02-29', '2000-02-29']
    assert.deepEqual(await cast('DATE', leapDays, options), leapDays)
    for (const none of ['0003-02-29', '0100-02-29', '2100-02-29']) {
      await assert.rejects(cast('DATE', [none], options), { name: 'RowError' })
    }
  })

  it('makes ISO datetimes of DATETIME, without a zone as none is known', async () => {
    assert.deepEqual(await cast('DATETIME', sent), [
      '2022-12-29T00:00:00.000',
      '2022-12-29T00:00:00.000',
      '2022-12-29T14:05:00.120',
      '2022-12-29T14:05:00.123',
    ])
  })

  it('adds the zone of the server, but not to days and not to what has one', async () => {
    const options = { zone: '+05:45' }
    assert.deepEqual(await cast('DATETIME', ['2022-12-29 14:05:00.0', '2022-12-29T14:05:00Z'], options), [
      '2022-12-29T14:05:00.000+05:45',
      '2022-12-29T14:05:00.000Z',
    ])
    assert.deepEqual(await cast('DATETIME', ['2022-12-29T14:05:00.000+0000'], options), [
      '2022-12-29T14:05:00.000+00:00',
    ])
    assert.deepEqual(await cast('DATE', ['2022-12-29 00:00:00.0'], options), ['2022-12-29'])
  })

  it('makes Dates, of a day at midnight UTC, of a time by the zone, or else UTC', async () => {
    const [day, time] = ['2022-12-29 00:00:00.0', '2022-12-29 14:05:00.0']
    assert.deepEqual(await cast('DATE', [day], { dates: 'date' }), [new Date('2022-12-29T00:00:00Z')])
    assert.deepEqual(await cast('DATETIME', [time], { dates: 'date' }), [new Date('2022-12-29T14:05:00Z')])
    const zoned = { dates: 'date', zone: '+02:00' } as const
    assert.deepEqual(await cast('DATE', [day], zoned), [new Date('2022-12-29T00:00:00Z')])
    assert.deepEqual(await cast('DATETIME', [time, '2022-12-29T14:05:00-0100'], zoned), [
      new Date('2022-12-29T12:05:00Z'),
      new Date('2022-12-29T15:05:00Z'),
    ])
  })

  it('leaves them alone where asked to', async () => {
    assert.deepEqual(await cast('DATETIME', [...sent, ''], { dates: 'text' }), [...sent, null])
  })

  it('takes no day that the calendar does not have', async () => {
    const cells = [
      '2022-02-29',
      '2022-13-01',
      '2022-00-10',
      '2022-04-31',
      '2022-12-29 24:00',
      '29/12/2022',
      '202212',
    ]
    assert.deepEqual(await cast('DATE', cells), cells)
    assert.deepEqual(await cast('DATE', ['2024-02-29', '2000-02-29']), ['2024-02-29', '2000-02-29'])
    assert.deepEqual(await cast('DATE', ['1900-02-29']), ['1900-02-29'])
    await assert.rejects(cast('DATE', ['1900-02-29'], { onError: 'error' }), RowError)
  })
})

describe('castCells', () => {
  it('makes null of an empty cell in every column, and leaves other types as text', async () => {
    for (const valueType of ['TEXT', 'ORGANISATION_UNIT', 'TIME', 'GEOJSON', 'A_TYPE_OF_THE_FUTURE']) {
      assert.deepEqual(await cast(valueType, ['', '1', 'true', '2022-12-29 00:00:00.0']), [
        null,
        '1',
        'true',
        '2022-12-29 00:00:00.0',
      ])
    }
  })

  it('goes by the Java class where an old server sends no value type', async () => {
    const headers = [
      { name: 'a', type: 'java.lang.Double' },
      { name: 'b', type: 'java.lang.String' },
      { name: 'c' },
    ]
    const { out } = await through({ headers, rows: [['1.0', '1.0', '1.0']] }, castCells())
    assert.deepEqual(out, [[1, '1.0', '1.0']])
  })

  it('keeps objects and arrays, as SQL views send them', async () => {
    const cells = [{ a: 1 }, [1], true]
    assert.deepEqual(await cast('NUMBER', cells, { onError: 'error' }), cells)
    assert.deepEqual(await cast('TEXT', cells), cells)
  })

  it('fails by row and column where asked to', async () => {
    const headers = [header('ou'), header('value', 'NUMBER')]
    const rows = [
      ['o', '1'],
      ['o', ''],
      ['o', 'many'],
    ]
    const error = await failureOf(through({ headers, rows }, castCells({ onError: 'error' })))
    assert.ok(error instanceof RowError)
    assert.equal(error.code, 'ERR_ROW')
    assert.deepEqual([error.rowNumber, error.column], [3, 'value'])
    assert.equal(error.message, 'Row 3, column "value": "many" is no NUMBER')
  })

  it('shortens a long cell in the message', async () => {
    await assert.rejects(cast('NUMBER', ['x'.repeat(1000)], { onError: 'error' }), ({ message }: Error) => {
      assert.ok(message.length < 100, message)
      return true
    })
  })

  it('casts a column otherwise, by value type or by a function that sees empty cells', async () => {
    const headers = [header('pe'), header('n', 'NUMBER'), header('code')]
    const options = {
      columns: {
        pe: (cell: unknown) => (cell === '' ? undefined : Number(String(cell).slice(0, 4))),
        n: 'TEXT',
        code: 'INTEGER',
      },
    } as const
    const made = await through(
      {
        headers,
        rows: [
          ['202401', '1.0', '7'],
          ['', '', ''],
        ],
      },
      castCells(options),
    )
    assert.deepEqual(made.out, [
      [2024, '1.0', 7],
      [null, null, null],
    ])
    assert.deepEqual(
      made.headers?.map(({ valueType }) => valueType),
      ['TEXT', 'TEXT', 'INTEGER'],
    )
  })

  it('names the row and the column of a function that throws', async () => {
    const columns = {
      c: () => {
        throw new RangeError('too much')
      },
    }
    await assert.rejects(cast('TEXT', ['a'], { columns }), ({ name, message, cause }: Error) => {
      assert.deepEqual([name, message], ['RowError', 'Row 1, column "c": too much'])
      assert.ok(cause instanceof RangeError)
      return true
    })
  })

  it('refuses a column that is not there, a value type that is none, and a zone that is no offset', async () => {
    await assert.rejects(
      cast('TEXT', [], { columns: { d: 'NUMBER' } }),
      /castCells: no column "d"; there are c/,
    )
    assert.throws(() => castCells({ columns: { c: 'NUMBR' as 'NUMBER' } }), /columns.c: must be a value type/)
    for (const zone of ['+99:99', '+18:01', '-05:60', 'Africa/Nowhere', '', 'z', '5']) {
      assert.throws(() => castCells({ zone }), /zone: must be a time zone such as/, zone)
    }
  })

  it('has no column by the names that every object has', async () => {
    const { out } = await through(
      { headers: [header('toString'), header('__proto__')], rows: [['a', 'b']] },
      castCells(),
    )
    assert.deepEqual(out, [['a', 'b']])
  })

  it('leaves the rows it was given as they were, for whoever else reads them', async () => {
    const seen: unknown[] = []
    const tap = mapRows((row) => {
      seen.push(row)
      return row
    })
    const headers = [header('a'), header('b', 'NUMBER')]
    const { out } = await through({ headers, rows: [['', '1']] }, tap, castCells())
    assert.deepEqual([out, seen], [[[null, 1]], [['', '1']]])
  })

  it('does not cast what labelCells has made a name of', async () => {
    const headers = [header('de', 'NUMBER', { optionSet: 'os' })]
    const metaData = { items: { os: { options: [{ uid: 'x', code: '1', name: 'One' }] } } }
    const { out } = await through(
      { headers, rows: [['1']], metaData },
      labelCells(),
      castCells({ onError: 'error' }),
    )
    assert.deepEqual(out, [['One']])
  })
})
