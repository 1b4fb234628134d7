import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Dhis2ApiError,
  GridFormatError,
  TruncatedResponseError,
  UnexpectedContentError,
} from '../../lib/errors.ts'
import { chunkings, chunksOf } from '../support/chunks.ts'
import { generated } from '../support/grids.ts'
import { readGrid, refusal } from '../support/read-grid.ts'

const head = '{"headers":[{"name":"a"},{"name":"b"}],'
const small = `${head}"metaData":{"items":{"é":{}}},"rows":[["1","x"],["2","\\"],["]],"height":2}`

/** Refuses these bytes with this class, in every chunking; returns the errors. */
function refuses<E extends Error>(body: string | Buffer, type: new (...args: never[]) => E): E[] {
  return Object.entries(chunkings).map(([chunking, chunks]) => {
    const { error } = refusal(chunks(Buffer.from(body)))
    assert.ok(error instanceof type, `in chunks of ${chunking}: ${error}`)
    return error
  })
}

describe('the grid reader, of a body cut short', () => {
  it('says so for every byte of a small grid, and hands on nothing but rows that are there', () => {
    const bytes = Buffer.from(small)
    const all = readGrid([bytes]).rows
    for (let length = 1; length < bytes.length; length++) {
      for (const size of [1, 7, length]) {
        const { error, rows } = refusal(chunksOf(bytes.subarray(0, length), size))
        assert.ok(error instanceof TruncatedResponseError, `after ${length} bytes: ${error}`)
        assert.equal(error.unit, 'bytes')
        assert.equal(error.received, length)
        assert.deepEqual(rows, all.slice(0, rows.length))
      }
    }
  })

  it('says so for a cut in a large grid', () => {
    const bytes = generated({ rows: 4000 })
    for (const length of [65_536, 65_537, 100_000, bytes.length - 1]) {
      for (const error of refuses(bytes.subarray(0, length), TruncatedResponseError)) {
        assert.equal(error.received, length)
      }
    }
  })

  it('says so where the end is the first byte of a character', () => {
    refuses(Buffer.concat([Buffer.from(small), Buffer.from([0xc3])]), TruncatedResponseError)
  })

  it('calls no bytes at all an empty body', () => {
    assert.ok(refusal([]).error instanceof UnexpectedContentError)
    assert.ok(refusal([Buffer.alloc(0)]).error instanceof UnexpectedContentError)
  })

  it('says so for fewer and for more rows than its height', () => {
    for (const height of [1, 3]) {
      for (const error of refuses(
        `${head}"rows":[["1","2"],["3","4"]],"height":${height}}`,
        TruncatedResponseError,
      )) {
        assert.equal(error.unit, 'rows')
        assert.equal(error.expected, height)
        assert.equal(error.received, 2)
      }
    }
  })

  it('says so for a height that comes before the rows, and for rows before the headers', () => {
    refuses(`{"height":3,${head.slice(1)}"rows":[["1","2"]]}`, TruncatedResponseError)
    refuses('{"rows":[["1"]],"headers":[{"name":"a"}],"height":2}', TruncatedResponseError)
  })
})

describe('the grid reader, of a body that is no grid', () => {
  const strangers: Record<string, string> = {
    'a JSON array': '[["1","2"]]',
    'a string': '"rows"',
    'a number': '12',
    null: 'null',
    'an HTML page': '<!DOCTYPE html><html></html>',
    CSV: 'Data,Value\nANC,12\n',
    'a line of text': 'E7128: Query result set exceeded max limit: 100000',
    'an object without rows': '{"pager":{"page":1},"events":[]}',
    'an empty object': '{}',
    'rows without headers': '{"rows":[["1"]],"height":1}',
    'headers without rows': '{"headers":[{"name":"a"}],"height":0}',
    'rows that are an object': `${head}"rows":{}}`,
    'rows that are null': `${head}"rows":null}`,
    'headers that are null': '{"headers":null,"rows":[]}',
    'a data value set': '{"dataValues":[{"dataElement":"a","value":"1"}]}',
    'a grid one level down, as an SQL view has it': `{"pager":{},"listGrid":${small}}`,
    'a grid in a list': `{"grids":[${small}]}`,
  }
  for (const [name, body] of Object.entries(strangers)) {
    it(`refuses ${name} as unexpected content`, () => {
      refuses(body, UnexpectedContentError)
    })
  }

  it('refuses an error object with what it says', () => {
    const body =
      '{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"No","errorCode":"E7124"}'
    for (const error of refuses(body, Dhis2ApiError)) {
      assert.equal(error.httpStatus, 409)
      assert.equal(error.errorCode, 'E7124')
      assert.match(error.message, /No/)
      assert.deepEqual(error.body, JSON.parse(body))
    }
  })
})

describe('the grid reader, of a grid with something wrong in it', () => {
  const wrong: Record<string, string> = {
    'headers that are no objects': '{"headers":["a"],"rows":[]}',
    'a header without a name': '{"headers":[{"column":"a"}],"rows":[]}',
    'a header whose name is a number': '{"headers":[{"name":1}],"rows":[]}',
    'a second rows array': `${head}"rows":[["1","2"]],"rows":[["3","4"]]}`,
    'rows that are something else later': `${head}"rows":[["1","2"]],"rows":null}`,
    'rows that were something else before': `{"rows":7,${head.slice(1)}"rows":[["1","2"]]}`,
    'second headers': `${head}"headers":[],"rows":[]}`,
    'headers that are something else later': `${head}"headers":null,"rows":[]}`,
    'a row that is an object': `${head}"rows":[{"a":1}]}`,
    'a row that is a string': `${head}"rows":["ab"]}`,
    'a row that is null': `${head}"rows":[["1","2"],null]}`,
    'a row with a cell too few': `${head}"rows":[["1","2"],["3"]]}`,
    'a row with a cell too many': `${head}"rows":[["1","2"],["3","4","5"]]}`,
    'a row with no cells': `${head}"rows":[["1","2"],[]]}`,
    'a row too narrow for the headers behind it': '{"rows":[["1"]],"headers":[{"name":"a"},{"name":"b"}]}',
    'a comma behind the last row': `${head}"rows":[["1","2"],]}`,
    'a comma before the first row': `${head}"rows":[,["1","2"]]}`,
    'two commas between rows': `${head}"rows":[["1","2"],,["3","4"]]}`,
    'no comma between rows': `${head}"rows":[["1","2"]["3","4"]]}`,
    'a brace that closes the rows': `${head}"rows":[["1","2"]}}`,
    'a bracket that closes the grid': `${head}"rows":[["1","2"]]]`,
    'bytes behind the grid': `${small}x`,
    'a grid behind the grid': `${small}${small}`,
    'rows behind the grid': `${small},"rows":[["1","2"]]`,
    'a byte order mark behind the grid': `${small}\uFEFF`,
    'two byte order marks': `\uFEFF\uFEFF${small}`,
    'a control character in a cell': `${head}"rows":[["1","a\u0001b"]]}`,
    'a line break in a cell': `${head}"rows":[["1","a\nb"]]}`,
    'a NUL between rows': `${head}"rows":[["1","2"],\u0000["3","4"]]}`,
    'other whitespace between rows': `${head}"rows":[["1","2"],\u00a0["3","4"]]}`,
    'a bad escape': `${head}"rows":[["1","\\x"]]}`,
    'a leading zero': `${head}"rows":[["1",01]]}`,
    NaN: `${head}"rows":[["1",NaN]]}`,
    'a cell nested 100,000 deep': `${head}"rows":[["1",${'['.repeat(100_000)}${']'.repeat(100_000)}]]}`,
    'metaData nested 100,000 deep': `${head}"metaData":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},"rows":[]}`,
  }
  for (const [name, body] of Object.entries(wrong)) {
    it(`refuses ${name}`, () => {
      refuses(body, GridFormatError)
    })
  }

  it('reads a cell nested some hundred deep', () => {
    const deep = JSON.parse('['.repeat(900) + ']'.repeat(900)) as unknown
    const bytes = Buffer.from(
      JSON.stringify({ headers: [{ name: 'a' }], rows: [[deep]], metaData: { deep } }),
    )
    for (const chunks of Object.values(chunkings)) assert.deepEqual(readGrid(chunks(bytes)).rows, [[deep]])
  })

  it('hands on the rows of the pieces before', () => {
    const bytes = generated({ rows: 4000 })
    const { error, rows } = refusal(
      chunksOf(Buffer.concat([bytes.subarray(0, 150_000), Buffer.from('}')]), 65_536),
    )
    assert.ok(error instanceof GridFormatError || error instanceof TruncatedResponseError)
    assert.ok(rows.length > 1000)
    assert.deepEqual(rows, readGrid([bytes]).rows.slice(0, rows.length))
  })
})

describe('the offset of a GridFormatError', () => {
  // The mark stands before the byte that is wrong.
  const places: Record<string, string> = {
    'a missing comma between rows': `${head}"rows":[["1","2"]‸["3","4"]]}`,
    'a missing comma between cells': `${head}"rows":[["1","é2"],["3"‸"4"]]}`,
    'a word that is none': `${head}"rows":[["1",nul‸x]]}`,
    'a control character': `${head}"rows":[["é","a‸\u0001b"]]}`,
    'a bad escape': `${head}"rows":[["é","\\‸x"]]}`,
    'a comma behind the last cell': `${head}"rows":[["1",‸],["3","4"]]}`,
    'a row too short': `${head}"rows":[["1","2"],‸["3"],["4","5"]]}`,
    'a row that is none': `${head}"rows":[["1","2"],‸7,["4","5"]]}`,
    'a missing row': `${head}"rows":[["1","2"],‸,["4","5"]]}`,
    'a missing colon': `{"headers"‸[{"name":"a"}],"rows":[]}`,
    'a missing comma outside the rows': `${head}"title":"é"‸"rows":[]}`,
    'a comma too many outside the rows': `${head}‸,"rows":[]}`,
    'a word that is none, outside the rows': `${head}"flag":tru‸x,"rows":[]}`,
    'bytes behind the grid': `${small}\n‸x`,
    'a bad word in metaData': `${head}"metaData":{"é":[1,‸x]},"rows":[]}`,
  }
  for (const [name, marked] of Object.entries(places)) {
    it(`is exact for ${name}`, () => {
      const expected = Buffer.byteLength(marked.slice(0, marked.indexOf('‸')))
      for (const error of refuses(marked.replace('‸', ''), GridFormatError)) {
        assert.equal(error.offset, expected, error.message)
      }
    })
  }

  for (const [where, before, after] of [
    ['in a cell', `${head}"rows":[["1","é`, '"]]}'],
    ['in metaData', `${head}"metaData":{"é":"`, '"},"rows":[]}'],
    ['outside', `${head}"title":"é`, '","rows":[]}'],
    ['between values', `${head}`, '"rows":[]}'],
  ] as const) {
    it(`is exact for bytes that are no UTF-8 ${where}`, () => {
      const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)])
      for (const error of refuses(bytes, GridFormatError)) {
        assert.equal(error.offset, Buffer.byteLength(before), error.message)
      }
    })
  }

  it('is exact in the middle of a large grid, and the message shows what is there', () => {
    const bytes = generated({ rows: 4000 })
    const at = bytes.indexOf('],[', 140_000) + 1
    bytes[at] = 0x3b
    for (const error of refuses(bytes, GridFormatError)) {
      assert.equal(error.offset, at)
      assert.match(error.excerpt ?? '', /\];\[/)
    }
  })
})

describe('the bound on what is held', () => {
  const long = 'x'.repeat(150_000)
  const held: Record<string, string> = {
    'a row': `${head}"rows":[["1","2"],["3","${long}"]]}`,
    metaData: `${head}"metaData":{"a":"${long}"},"rows":[]}`,
    'a plain field': `${head}"title":"${long}","rows":[]}`,
    'many small fields': `{${Array.from({ length: 10_000 }, (_, i) => `"field${i}":${i},`).join('')}${head.slice(1)}"rows":[]}`,
    'rows before the headers': `{"rows":[${'["1","2"],'.repeat(20_000)}["1","2"]],"headers":[{"name":"a"},{"name":"b"}]}`,
    'whitespace before the grid': `${' '.repeat(150_000)}${small}`,
  }
  for (const [what, body] of Object.entries(held)) {
    it(`refuses ${what} beyond it, and takes the same below it`, () => {
      const bytes = Buffer.from(body)
      for (const chunks of Object.values(chunkings)) {
        const { error } = refusal(chunks(bytes), 100_000)
        assert.ok(error instanceof GridFormatError, `${error}`)
        assert.match(error.message, /maxBufferedBytes/)
        assert.ok(readGrid(chunks(bytes), 400_000))
      }
    })
  }

  it('says nothing of a grid that is large as a whole', () => {
    assert.equal(readGrid(chunksOf(generated({ rows: 20_000 }), 65_536), 300_000).rows.length, 20_000)
  })
})
