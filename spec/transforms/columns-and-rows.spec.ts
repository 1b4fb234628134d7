import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  batchRows,
  castCells,
  filterRows,
  mapRows,
  type Row,
  RowError,
  selectColumns,
  toCsv,
  toObjects,
  validateRows,
} from 'dhis2-analytics-stream'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { failureOf, header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('ou'), header('value', 'NUMBER')]
const rows = [
  ['a', 'o', '1'],
  ['b', 'p', '2'],
  ['c', 'q', '3'],
]

describe('selectColumns', () => {
  it('picks columns, in the order given', async () => {
    const made = await through({ headers, rows }, selectColumns(['value', 'dx']))
    assert.deepEqual(made.out, [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ])
    assert.deepEqual(made.headers, [headers[2], headers[0]])
  })

  it('renames them, label and all', async () => {
    const made = await through({ headers, rows }, selectColumns({ ou: 'facility', value: 'value' }), toCsv())
    assert.equal(textOf(made.out), 'facility,value\no,1\np,2\nq,3\n')
    const labelled = await through(
      { headers },
      selectColumns({ ou: 'facility', value: 'value' }),
      toCsv({ header: 'column' }),
    )
    assert.equal(textOf(labelled.out), 'facility,The value\n')
  })

  it('takes pairs, which keep the order of names that are numbers, as an object does not', async () => {
    const periods = { headers: [header('202401'), header('202402'), header('ou')], rows: [['1', '2', 'o']] }
    const { out } = await through(periods, selectColumns(['ou', ['202402', 'feb'], '202401']), toCsv())
    assert.equal(textOf(out), 'ou,feb,202401\no,2,1\n')
    const message = /^selectColumns: columns: must be a list such as \[\['202402'/
    assert.throws(() => selectColumns({ ou: 'ou', 202402: 'feb' }), { name: 'QueryError', message })
    assert.doesNotThrow(() => selectColumns({ 202402: 'feb' }))
  })

  it('may take a column twice under two names', async () => {
    const { out } = await through({ headers, rows: rows.slice(0, 1) }, selectColumns(['ou', 'ou']))
    assert.deepEqual(out, [['o', 'o']])
  })

  it('fails where a column is not there, is there twice, or where rows are objects', async () => {
    await assert.rejects(
      through({ headers, rows }, selectColumns(['pe'])),
      /selectColumns: no column "pe"; there are dx, ou, value/,
    )
    await assert.rejects(
      through({ headers: [header('a'), header('a')] }, selectColumns(['a'])),
      /two columns "a"/,
    )
    await assert.rejects(
      through({ headers, rows }, toObjects(), selectColumns(['ou'])),
      /rows have to be arrays/,
    )
    assert.throws(() => selectColumns([]), { name: 'QueryError' })
  })
})

describe('filterRows', () => {
  it('keeps the rows for which it is true, and the header line where that is none', async () => {
    const { out } = await through(
      { headers, rows },
      filterRows(([, , value]) => Number(value) > 1),
      toCsv(),
    )
    assert.equal(textOf(out), 'dx,ou,value\nb,p,2\nc,q,3\n')
    const none = await through(
      { headers, rows },
      filterRows(() => false),
      toCsv(),
    )
    assert.equal(textOf(none.out), 'dx,ou,value\n')
  })

  it('is told the number of the row, from 1', async () => {
    const { out } = await through(
      { headers, rows },
      filterRows((_, rowNumber) => rowNumber !== 2),
    )
    assert.deepEqual(out, [rows[0], rows[2]])
  })

  it('refuses what is no function, and headers, which it does not change', () => {
    assert.throws(() => filterRows('row' as never), { message: 'filterRows: keep: must be a function' })
    assert.throws(
      () => filterRows(() => true, { headers: ['a'] } as never),
      /^QueryError: filterRows: .*headers/,
    )
  })

  it('takes no promise for true', async () => {
    const keep = (async () => false) as unknown as () => boolean
    await assert.rejects(through({ headers, rows }, filterRows(keep)), {
      name: 'QueryError',
      message: /true or false/,
    })
  })

  it('passes on the error of its function as it is', async () => {
    const error = new RangeError('no')
    const thrown = await failureOf(
      through(
        { headers, rows },
        filterRows(() => {
          throw error
        }),
      ),
    )
    assert.equal(thrown, error)
  })
})

describe('mapRows', () => {
  it('makes other rows under the same headers, and drops nothing', async () => {
    const { out } = await through(
      { headers, rows },
      mapRows(([dx, ou, value]) => [dx, ou, Number(value) * 2]),
      toCsv(),
    )
    assert.equal(textOf(out), 'dx,ou,value\na,o,2\nb,p,4\nc,q,6\n')
  })

  it('drops a row for which it has nothing', async () => {
    const { out } = await through(
      { headers, rows },
      mapRows((row, rowNumber) => [row, null, undefined][rowNumber - 1]),
    )
    assert.deepEqual(out, [rows[0]])
  })

  it('announces other headers: names, whole ones, or made from what there was', async () => {
    const sum = (row: Row) => [row[1], Number(row[2])]
    const named = await through({ headers, rows }, mapRows(sum, { headers: ['ou', header('n', 'INTEGER')] }))
    assert.deepEqual(named.headers, [{ name: 'ou' }, header('n', 'INTEGER')])
    const made = await through({ headers, rows }, mapRows(sum, { headers: (all) => all.slice(1) }), toCsv())
    assert.equal(textOf(made.out), 'ou,value\no,1\np,2\nq,3\n')
  })

  it('announces headers behind a generator, so that toCsv has a header line', async () => {
    const chunks: Buffer[] = []
    await pipeline(
      Readable.from(rows),
      async function* (source: AsyncIterable<Row>) {
        for await (const row of source) yield row.slice(1)
      },
      mapRows((row) => row, { headers: ['ou', 'value'] }),
      toCsv(),
      async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) chunks.push(chunk)
      },
    )
    assert.equal(textOf(chunks), 'ou,value\no,1\np,2\nq,3\n')
  })

  it('fails on an array that is not as long as there are headers', async () => {
    await assert.rejects(
      through(
        { headers, rows },
        mapRows((row) => row.slice(1)),
      ),
      {
        name: 'RowError',
        rowNumber: 1,
        message: 'Row 1: 2 cells under 3 headers; say what they are in headers',
      },
    )
  })

  it('takes no promise', async () => {
    await assert.rejects(
      through(
        { headers, rows },
        mapRows(async () => Promise.reject(new Error('late'))),
      ),
      {
        name: 'QueryError',
        message: /async generator/,
      },
    )
  })

  it('refuses what is no function', () => {
    assert.throws(() => mapRows('row' as never), {
      name: 'QueryError',
      message: 'mapRows: fn: must be a function',
    })
  })
})

describe('batchRows', () => {
  it('makes arrays of so many, the last one shorter', async () => {
    const made = await through({ headers, rows }, batchRows(2))
    assert.deepEqual(made.out, [rows.slice(0, 2), rows.slice(2)])
    assert.deepEqual(made.headers, headers)
  })

  it('makes no empty one', async () => {
    assert.deepEqual((await through({ headers, rows }, batchRows(3))).out, [rows])
    assert.deepEqual((await through({ headers }, batchRows(3))).out, [])
  })

  it('batches objects, also those that nobody announces', async () => {
    const batches = await Readable.from([{ a: 1 }, { a: 2 }, { a: 3 }])
      .pipe(batchRows(2))
      .toArray()
    assert.deepEqual(batches, [[{ a: 1 }, { a: 2 }], [{ a: 3 }]])
  })

  it('refuses a size that is none', () => {
    for (const size of [0, -1, 1.5, Number.NaN, '3' as never]) {
      assert.throws(() => batchRows(size), { name: 'QueryError', message: /batchRows: size/ })
    }
  })
})

describe('validateRows', () => {
  it('hands on what the schema makes of a row, or of an object', async () => {
    const tuple = z.tuple([z.string(), z.string(), z.coerce.number()])
    const made = await through({ headers, rows: rows.slice(0, 1) }, validateRows(tuple), toCsv())
    assert.equal(textOf(made.out), 'dx,ou,value\na,o,1\n')
    const object = z.object({ ou: z.string(), value: z.number().nullable() })
    const objects = await through({ headers, rows }, castCells(), toObjects(), validateRows(object))
    assert.deepEqual(objects.out[2], { ou: 'q', value: 3 })
  })

  it('takes a schema of zod/mini', async () => {
    const { out } = await through({ headers, rows }, validateRows(mini.array(mini.string())))
    assert.deepEqual(out, rows)
  })

  it('fails by row and column, with the error of zod as its cause', async () => {
    const tuple = z.tuple([z.string(), z.string(), z.string().max(1)])
    const bad = [...rows, ['d', 'r', '44']]
    const error = await failureOf(through({ headers, rows: bad }, validateRows(tuple)))
    assert.ok(error instanceof RowError)
    assert.deepEqual([error.code, error.rowNumber, error.column], ['ERR_ROW', 4, 'value'])
    assert.ok(error.cause instanceof z.core.$ZodError)
    const object = z.object({ value: z.string().max(1) })
    await assert.rejects(through({ headers, rows: bad }, toObjects(), validateRows(object)), {
      rowNumber: 4,
      column: 'value',
    })
    await assert.rejects(through({ headers, rows }, validateRows(z.object({}))), {
      rowNumber: 1,
      column: undefined,
    })
  })

  it('names the place of a cell where no headers are announced', async () => {
    const stage = Readable.from([['a', 1]]).pipe(validateRows(z.array(z.string())))
    await assert.rejects(stage.toArray(), { name: 'RowError', column: '[1]' })
  })

  it('fails on a schema that makes objects of rows, under whose headers they would be lost', async () => {
    const schema = z.array(z.string()).transform(([dx]) => ({ data: dx }))
    await assert.rejects(through({ headers, rows }, validateRows(schema)), {
      name: 'QueryError',
      message: /toObjects/,
    })
  })
})
