import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { type DataValue, type ParseDataValuesOptions, parseDataValues, toCsv } from 'dhis2-analytics-stream'
import fc from 'fast-check'
import { gives } from '../../lib/streams/gives.ts'
import { chunksOf, cutAt } from '../support/chunks.ts'
import { textOf } from '../support/stages.ts'

const value = (i: number, more: object = {}): DataValue => ({
  dataElement: 'fbfJHSPpUQD',
  period: '202401',
  orgUnit: 'ImspTQPwCqd',
  value: `${i}.0`,
  ...more,
})
const odd = [
  value(1, { comment: '},{"dataElement":"x"}]}', followup: false }),
  value(2, { comment: 'é"\\ \n 好的 \u{1f469}', nested: [{ a: 1 }, { b: [{}] }] }),
  value(3, { '': null, dataValues: [1], deep: { rows: [['x']] } }),
]

function parse(chunks: Iterable<Buffer>, options: ParseDataValuesOptions = {}): Promise<DataValue[]> {
  return Readable.from(chunks, { objectMode: false }).pipe(parseDataValues(options)).toArray()
}
const parseText = (text: string, options?: ParseDataValuesOptions) => parse([Buffer.from(text)], options)

describe('parseDataValues', () => {
  for (const space of [0, 1]) {
    const body = Buffer.from(JSON.stringify({ dataValues: odd }, null, space))
    for (const size of [1, 7, 1e9]) {
      it(`reads every field of ${space ? 'a pretty' : 'a compact'} body, in chunks of ${size}`, async () => {
        assert.deepEqual(await parse(chunksOf(body, size)), odd)
      })
    }
  }

  it('is what JSON.parse makes of any body, cut anywhere', async () => {
    const values = fc.array(
      fc.dictionary(fc.string(), fc.jsonValue()).map((more) => value(1, more)),
      { maxLength: 30 },
    )
    const bodies = fc.tuple(values, fc.constantFrom(0, 1, '\t'), fc.array(fc.nat(), { maxLength: 20 }))
    await fc.assert(
      fc.asyncProperty(bodies, async ([dataValues, space, cuts]) => {
        const body = Buffer.from(
          JSON.stringify({ before: [{}], dataValues, behind: { a: '[' } }, null, space),
        )
        const { dataValues: expected } = JSON.parse(body.toString()) as { dataValues: DataValue[] }
        const whole = expected.every((each) =>
          ['dataElement', 'period', 'orgUnit', 'value'].every((key) => typeof each[key] === 'string'),
        )
        fc.pre(whole)
        assert.deepEqual(await parse(cutAt(body, cuts)), expected)
      }),
      { numRuns: 200 },
    )
  })

  it('reads more than a slice', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => value(i))
    assert.deepEqual(await parseText(JSON.stringify({ dataValues: many })), many)
  })

  it('reads an empty one, and has announced its columns all the same', async () => {
    const stage = parseDataValues()
    const csv = await Readable.from([Buffer.from('{"dataValues":[ ]}')], { objectMode: false })
      .pipe(stage)
      .pipe(toCsv())
      .toArray()
    assert.equal(
      textOf(csv),
      'dataElement,period,orgUnit,categoryOptionCombo,attributeOptionCombo,value,storedBy,created,lastUpdated,comment,followup\n',
    )
    assert.equal(stage.headers?.find(({ name }) => name === 'value')?.valueType, 'NUMBER')
  })

  it('has a column for a field that only some data values have', async () => {
    const body = JSON.stringify({ dataValues: [value(1), value(2, { comment: 'late' })] })
    const csv = await Readable.from([Buffer.from(body)], { objectMode: false })
      .pipe(parseDataValues())
      .pipe(toCsv({ columns: ['value', 'comment'] }))
      .toArray()
    assert.equal(textOf(csv), 'value,comment\n1.0,\n2.0,late\n')
  })

  it('takes a byte order mark', async () => {
    assert.deepEqual(await parseText(`\uFEFF${JSON.stringify({ dataValues: [value(1)] })}`), [value(1)])
  })
})

const good = JSON.stringify(value(1))

describe('parseDataValues refuses', () => {
  const refusals: Record<string, [body: string, error: object]> = {
    'a body that stops in a data value': [
      `{"dataValues":[${good},{"dataEl`,
      { name: 'TruncatedResponseError', unit: 'bytes' },
    ],
    'a body that stops between two': [`{"dataValues":[${good},`, { name: 'TruncatedResponseError' }],
    'a body without its last brace': [`{"dataValues":[${good}]`, { name: 'TruncatedResponseError' }],
    'an empty body': ['', { name: 'UnexpectedContentError', message: /An empty body/ }],
    'only spaces': [' \n', { name: 'TruncatedResponseError' }],
    'an HTML page': ['<html>', { name: 'UnexpectedContentError', message: /^"<.*" where a dataValueSet/ }],
    'an array': [
      `[${good}]`,
      { name: 'UnexpectedContentError', message: /A JSON array where a dataValueSet/ },
    ],
    'a grid': [
      '{"headers":[],"rows":[]}',
      { name: 'UnexpectedContentError', message: /A grid where a dataValueSet/ },
    ],
    'an object without data values': [
      '{"a":1}',
      { name: 'UnexpectedContentError', message: /its fields: a$/ },
    ],
    'an object without anything': ['{}', { name: 'UnexpectedContentError', message: /its fields: none$/ }],
    'data values that are null': [
      '{"dataValues":null}',
      { name: 'GridFormatError', message: /dataValues is not an array/ },
    ],
    'data values that are an object': [
      '{"dataValues":{}}',
      { name: 'GridFormatError', message: /dataValues is not an array/ },
    ],
    'a second list of them': [`{"dataValues":[${good}],"dataValues":[]}`, { name: 'GridFormatError' }],
    'a second value under their key': [
      `{"dataValues":[${good}],"dataValues":3}`,
      { name: 'GridFormatError' },
    ],
    'a comma at the end': [
      `{"dataValues":[${good},]}`,
      { name: 'GridFormatError', message: /a value is missing/ },
    ],
    'a comma at the start': [`{"dataValues":[,${good}]}`, { name: 'GridFormatError' }],
    'a brace in place of the bracket': [`{"dataValues":[${good}}}`, { name: 'GridFormatError' }],
    'two without a comma': [`{"dataValues":[${good}${good}]}`, { name: 'GridFormatError' }],
    'something behind the end': [`{"dataValues":[${good}]}x`, { name: 'GridFormatError' }],
    'another body behind the end': [`{"dataValues":[${good}]}{"dataValues":[]}`, { name: 'GridFormatError' }],
    'an array behind the end': [`{"dataValues":[${good}]}[]`, { name: 'GridFormatError' }],
    'a word that is none, outside': [`{"dataValues":[${good}],"x":trux}`, { name: 'GridFormatError' }],
    'a value that is not JSON': [
      `{"x":{"a":},"dataValues":[${good}]}`,
      { name: 'GridFormatError', offset: 10 },
    ],
    'a data value that is not JSON': ['{"dataValues":[{"a":}]}', { name: 'GridFormatError', offset: 20 }],
    'a data value that is null': [
      `{"dataValues":[${good},null]}`,
      { name: 'GridFormatError', message: /^Data value 2 is not an object/ },
    ],
    'a data value without a data element': [
      `{"dataValues":[${good},{"period":"1"},${good}]}`,
      { name: 'GridFormatError', message: /^Data value 2 has no dataElement/ },
    ],
    'a data value without a period': ['{"dataValues":[{"dataElement":"a"}]}', { message: /has no period/ }],
    'a data value without an org unit': [
      '{"dataValues":[{"dataElement":"a","period":"1"}]}',
      { message: /has no orgUnit/ },
    ],
    'a data value without a value': [
      '{"dataValues":[{"dataElement":"a","period":"1","orgUnit":"o","value":1}]}',
      { message: /has no value that is text/ },
    ],
    'what nests too deep': [
      `{"dataValues":[${'['.repeat(1100)}`,
      { name: 'GridFormatError', message: /deeper than 1000/ },
    ],
    'what nests too deep beside them': [
      `{"x":${'['.repeat(1100)}`,
      { name: 'GridFormatError', message: /deeper than 1000/ },
    ],
  }

  for (const [what, [body, error]] of Object.entries(refusals)) {
    for (const size of [1, 1e9]) {
      it(`${what}, in chunks of ${size}`, async () => {
        await assert.rejects(parse(chunksOf(Buffer.from(body), size)), error)
      })
    }
  }

  it('an error object, with what DHIS2 said', async () => {
    const body = {
      httpStatus: 'Conflict',
      httpStatusCode: 409,
      status: 'ERROR',
      message: 'No dx',
      errorCode: 'E7117',
    }
    await assert.rejects(parseText(JSON.stringify(body)), {
      name: 'Dhis2ApiError',
      httpStatus: 409,
      errorCode: 'E7117',
      message: '409: No dx',
      body,
    })
    await assert.rejects(parseText('{"status":"ERROR"}'), {
      httpStatus: 200,
      message: '200: an error without a message',
    })
  })

  it('bytes that are not UTF-8, wherever they are', async () => {
    for (const where of ['{"x\xff":1', '{"x":{"\xff":1}}', `{"dataValues":[{"a":"\xff"}]}`]) {
      await assert.rejects(parse([Buffer.from(where, 'latin1')]), {
        name: 'GridFormatError',
        message: /Invalid UTF-8/,
      })
    }
  })

  it('more than may be held of one value', async () => {
    const long = 'x'.repeat(5000)
    const options = { maxBufferedBytes: 1000 }
    for (const body of [`{"dataValues":[{"a":"${long}`, `{"x":["${long}`, `{"${long}`]) {
      await assert.rejects(parse(chunksOf(Buffer.from(body), 100), options), { message: /maxBufferedBytes/ })
    }
    assert.throws(() => parseDataValues({ maxBufferedBytes: 0 }), { name: 'QueryError' })
  })

  it('and hands on what came before, and names the request', async () => {
    const request = { method: 'GET', url: 'https://dhis2.example.org/api/analytics/dataValueSet.json' }
    const source = Object.assign(
      Readable.from([Buffer.from(`{"dataValues":[${good},`)], { objectMode: false }),
      { request, [gives]: 'bytes' },
    )
    const stage = source.pipe(parseDataValues())
    const out: DataValue[] = []
    stage.on('data', (each) => out.push(each))
    await assert.rejects(once(stage, 'end'), {
      name: 'TruncatedResponseError',
      request,
      message: /dataValueSet\.json\]$/,
    })
    assert.deepEqual(out, [value(1)])
  })
})
