import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Readable, type Transform, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  batchRows,
  castCells,
  countBytes,
  filterRows,
  labelCells,
  mapRows,
  parseDataValues,
  parseRows,
  type Row,
  selectColumns,
  toCsv,
  toNdjson,
  toObjects,
  validateRows,
} from 'dhis2-analytics-stream'
import { z } from 'zod'
import { announcedRows, failureOf, gridBytes, header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('ou'), header('value', 'NUMBER')]
const rows = Array.from({ length: 12 }, (_, i) => ['a', 'o', String(i)])
const metaData = { items: { a: { name: 'A' } }, dimensions: { dx: ['a'] } }
const body = () => Readable.from([gridBytes(headers, rows, metaData)], { objectMode: false })
const nowhere = () => new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() })

const ofRows: Record<string, () => Transform> = {
  castCells: () => castCells(),
  labelCells: () => labelCells(),
  selectColumns: () => selectColumns(['dx']),
  toObjects: () => toObjects(),
  filterRows: () => filterRows(() => true),
  mapRows: () => mapRows((row) => row),
  validateRows: () => validateRows(z.any()),
  batchRows: () => batchRows(2),
  toCsv: () => toCsv(),
  toNdjson: () => toNdjson(),
}
const ofBytes: Record<string, () => Transform> = {
  parseRows: () => parseRows(),
  parseDataValues: () => parseDataValues(),
  countBytes: () => countBytes(),
}

describe('a stage that was used before', () => {
  for (const [name, make] of Object.entries({ ...ofRows, ...ofBytes })) {
    const fitting = name in ofRows ? [parseRows()] : []
    it(`fails the second pipeline, once the first is done: ${name}`, async () => {
      const stage = make()
      await pipeline([body(), ...(name in ofRows ? [parseRows()] : []), stage, nowhere()]).catch(
        () => undefined,
      )
      await assert.rejects(pipeline([body(), ...fitting, stage, nowhere()]))
    })

    it(`fails the second pipeline beside the first: ${name}`, async () => {
      const stage = make()
      const source = () =>
        name in ofRows ? body().pipe(parseRows()) : new PassThrough({ objectMode: false })
      const first = pipeline(source(), stage, nowhere())
      const outcomes = await Promise.allSettled([first, pipeline(source(), stage, nowhere())])
      assert.match(String((outcomes[1] as PromiseRejectedResult).reason), /QueryError: .*make one for each/)
      assert.equal(outcomes[0].status, 'rejected')
    })
  }

  it('says so, of one that has ended', async () => {
    const csv = toCsv()
    await pipeline(body(), parseRows(), csv, nowhere())
    const source = body().pipe(parseRows())
    source.pipe(csv)
    const [error] = await once(source, 'error')
    assert.match(String(error), /^QueryError: toCsv: this one has ended already; make another/)
  })

  it('has nothing more to give, and says so: once it is read to its end', async () => {
    const source = body().pipe(parseRows())
    assert.equal((await source.toArray()).length, rows.length)
    const again = { name: 'QueryError', message: /was read to its end before/ }
    await assert.rejects(pipeline(source, nowhere()), again)
    await assert.rejects(pipeline(source, toCsv(), nowhere()), again)
    await assert.rejects(source.toArray(), again)
    assert.throws(() => source[Symbol.asyncIterator](), again)
  })

  it('may be piped into by the same stream again', async () => {
    const source = body().pipe(parseRows())
    const csv = toCsv()
    source.pipe(csv)
    source.unpipe(csv)
    source.pipe(csv)
    assert.equal((await text(csv)).split('\n').length, 14)
  })

  it('takes one stream after the other where both have the same columns', async () => {
    const csv = toCsv()
    const out = text(csv)
    await pipeline(body(), parseRows(), csv, { end: false })
    await pipeline(body(), parseRows(), csv)
    assert.equal((await out).split('\n').length, 26)
  })

  for (const make of [toCsv, () => toNdjson(), () => mapRows((row) => row)]) {
    it(`fails where the second has other columns: ${make().constructor.name}`, async () => {
      const stage = make()
      stage.resume()
      await pipeline(body(), parseRows(), stage, { end: false })
      await assert.rejects(pipeline(body(), parseRows(), selectColumns(['ou', 'dx', 'value']), stage), {
        name: 'QueryError',
        message: /have other columns/,
      })
    })
  }
})

describe('bytes where rows are wanted', () => {
  for (const [name, make] of Object.entries(ofRows)) {
    for (const [from, source] of Object.entries({
      'a foreign stream': body,
      'countBytes()': () => body().pipe(countBytes()),
      'toCsv()': () => body().pipe(parseRows()).pipe(toCsv()),
      'toNdjson()': () => body().pipe(parseRows()).pipe(toNdjson()),
    })) {
      it(`of ${from} are refused: ${name}`, async () => {
        const error = await failureOf(pipeline(source(), make(), nowhere()))
        assert.equal((error as Error).name, 'QueryError')
        assert.match(
          String(error),
          new RegExp(`${name}.*(put parseRows\\(\\) before it|columns are not known)`),
        )
      })
    }
  }

  for (const name of ['toCsv', 'toNdjson']) {
    it(`and text: ${name}`, async () => {
      const stage = ofRows[name]!()
      await assert.rejects(pipeline(Readable.from(['{"headers"']), stage, nowhere()), {
        message: `${name} takes rows or objects, not text; put parseRows() before it`,
      })
    })
  }
})

describe('rows where bytes are wanted', () => {
  for (const [name, make] of Object.entries(ofBytes)) {
    for (const [from, source] of Object.entries({
      'a foreign stream': () => Readable.from(rows),
      'parseRows()': () => body().pipe(parseRows()),
      'toObjects()': () => body().pipe(parseRows()).pipe(toObjects()),
    })) {
      it(`of ${from} are refused: ${name}`, async () => {
        await assert.rejects(pipeline(source(), make(), nowhere()), {
          name: 'QueryError',
          message: new RegExp(`^${name} takes bytes, not rows`),
        })
      })
    }
  }
})

describe('batches where rows are wanted', () => {
  for (const name of ['castCells', 'labelCells', 'selectColumns', 'toObjects', 'toCsv', 'toNdjson']) {
    for (const [between, stages] of Object.entries({
      directly: () => [],
      'behind filterRows': () => [filterRows(() => true)],
      'behind validateRows': () => [validateRows(z.any())],
    })) {
      it(`are refused ${between}: ${name}`, async () => {
        const line = [batchRows(3), ...stages(), ofRows[name]!()]
        await assert.rejects(through({ headers, rows, metaData }, ...line), {
          name: 'QueryError',
          message: `${name} takes rows one by one, not batches of them; put batchRows() behind it`,
        })
      })
    }
  }

  it('may be mapped to whatever one likes', async () => {
    const sums = mapRows((batch: Row[]) => ({ count: batch.length }))
    const { out } = await through({ headers, rows }, batchRows(5), sums, toNdjson())
    assert.equal(textOf(out), '{"count":5}\n{"count":5}\n{"count":2}\n')
    const firsts = mapRows((batch: Row[]) => batch[0], { headers })
    const made = await through({ headers, rows }, batchRows(5), firsts, toCsv())
    assert.equal(textOf(made.out), 'dx,ou,value\na,o,0\na,o,5\na,o,10\n')
  })
})

describe('objects that are not what the columns say', () => {
  const other: [string, (row: Row) => object, RegExp][] = [
    [
      'other keys',
      ([dx]) => ({ data: dx }),
      /more keys than there are columns: "data".*mapRows\(fn, \{ headers/,
    ],
    ['some of them', ([dx]) => ({ dx }), /has no "ou", which is a column/],
    ['one more', ([dx, ou, value]) => ({ dx, ou, value, x: 1 }), /"x"/],
  ]
  for (const [what, make, message] of other) {
    it(`fail toCsv: ${what}`, async () => {
      await assert.rejects(through({ headers, rows }, mapRows(make), toCsv()), {
        name: 'QueryError',
        message,
      })
    })
  }

  it('are written where the headers are said', async () => {
    const stage = mapRows(([dx, , value]) => ({ value, data: dx }), { headers: ['data', 'value'] })
    const { out } = await through({ headers, rows: rows.slice(0, 1) }, stage, toCsv())
    assert.equal(textOf(out), 'data,value\na,0\n')
  })

  it('drop no value of objects that nobody announces', async () => {
    const objects = [
      { a: 1, b: 2 },
      { a: 1, c: 3 },
    ]
    await assert.rejects(pipeline(Readable.from(objects), toCsv(), text), {
      name: 'QueryError',
      message: /more keys than the first one had: "c"/,
    })
  })

  it('fail at the end where none had a column that is wanted', async () => {
    const objects = [{ a: 1 }, { a: 2, b: 3 }]
    assert.equal(
      await pipeline(Readable.from(objects), toCsv({ columns: ['b', 'a'] }), text),
      'b,a\n,1\n3,2\n',
    )
    await assert.rejects(pipeline(Readable.from(objects), toCsv({ columns: ['a', 'c'] }), text), {
      name: 'QueryError',
      message: /no object had the column "c"/,
    })
  })

  it('may lack what a data value need not have', async () => {
    const value = { dataElement: 'a', period: '2025', orgUnit: 'o', value: '1' }
    const source = () => Readable.from([Buffer.from(JSON.stringify({ dataValues: [value] }))])
    const csv = await pipeline(source(), parseDataValues(), toCsv(), text)
    assert.match(csv, /\na,2025,o,,,1,,,,,\n$/)
    await assert.rejects(
      pipeline(
        source(),
        parseDataValues(),
        mapRows((each) => ({ ...each, more: 1 })) as never,
        toCsv(),
        text,
      ),
      /"more"/,
    )
  })
})

describe('rows that are not as long as there are columns', () => {
  const long = ['a', 'o', '1', 'more']
  const short = ['a']
  for (const row of [long, short]) {
    for (const name of ['castCells', 'labelCells', 'selectColumns', 'toObjects', 'toCsv', 'toNdjson']) {
      it(`fail ${name} by their number: ${row.length} cells`, async () => {
        const source = announcedRows(headers, [rows[0]!, row], metaData)
        await assert.rejects(pipeline(source, ofRows[name]!(), nowhere()), {
          name: 'RowError',
          rowNumber: 2,
        })
      })
    }

    it(`fail toCsv where nothing is announced: ${row.length} cells`, async () => {
      const source = () => Readable.from([rows[0], row])
      await assert.rejects(pipeline(source(), toCsv({ header: false }), text), {
        name: 'RowError',
        rowNumber: 2,
      })
      await assert.rejects(pipeline(source(), toCsv({ columns: ['a', 'b', 'c'] }), text), {
        name: 'RowError',
        rowNumber: 2,
      })
    })

    it(`fail toCsv behind rows that it never saw as such: ${row.length} cells`, async () => {
      const csv = toCsv()
      csv.resume()
      await pipeline(body(), parseRows(), csv, { end: false })
      csv.write(row)
      await assert.rejects(once(csv, 'end'), { name: 'RowError', rowNumber: 13 })
    })
  }

  it('are refused of a schema that makes them so', async () => {
    const schema = z.array(z.string()).transform((row) => row.slice(1))
    await assert.rejects(through({ headers, rows }, validateRows(schema)), {
      name: 'RowError',
      message: /2 cells under 3 headers; use selectColumns or mapRows/,
    })
  })

  it('are one another’s business as arrays of JSON', async () => {
    const lines = await pipeline(Readable.from([['a'], ['a', 1]]), toNdjson({ rows: 'arrays' }), text)
    assert.equal(lines, '["a"]\n["a",1]\n')
  })
})

describe('a foreign stream with headers or a request of its own', () => {
  const foreign = (own: object) => Object.assign(Readable.from([{ a: '1', b: '2' }]), own)

  for (const [what, own] of Object.entries({
    'names, as csv-parser has': ['a', 'b'],
    'fields of HTTP': { 'content-type': 'text/csv' },
    'whole headers': [{ name: 'x' }, { name: 'y' }],
    null: null,
  })) {
    it(`is read as what it gives: ${what}`, async () => {
      const source = foreign({ headers: own, metaData: 7 })
      assert.equal(await pipeline(source, toCsv(), text), 'a,b\n1,2\n')
    })
  }

  it('and says nothing by an event', async () => {
    const source = foreign({})
    const csv = pipeline(source, toCsv(), text)
    source.emit('headers', ['x'])
    assert.equal(await csv, 'a,b\n1,2\n')
  })

  for (const request of [{}, null, 'GET /', { method: 'GET' }, { url: 7 }]) {
    for (const stage of [() => parseRows(), () => parseDataValues()]) {
      it(`fails with the error of what it holds: ${JSON.stringify(request)}`, async () => {
        const source = Object.assign(Readable.from([Buffer.from('<html>')]), { request, contentLength: 'x' })
        await assert.rejects(pipeline(source, countBytes(), stage(), nowhere()), {
          name: 'UnexpectedContentError',
          request: undefined,
        })
      })
    }
  }
})
