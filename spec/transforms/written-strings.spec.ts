import assert from 'node:assert/strict'
import type { Transform } from 'node:stream'
import { describe, it } from 'node:test'
import { countBytes, parseDataValues, parseRows, toCsv } from '../../lib/index.ts'

const text = '😀é👩‍🔬\u{10FFFF}'
const grid = JSON.stringify({
  headers: [{ name: text }],
  metaData: { items: { [text]: {} } },
  rows: [[text]],
})
const set = JSON.stringify({
  dataValues: [{ dataElement: text, period: '2024', orgUnit: 'b', value: text }],
})

/** What comes out of a stage that these strings are written to. */
async function read(stage: Transform, strings: readonly string[], encoding?: BufferEncoding) {
  for (const string of strings) encoding ? stage.write(string, encoding) : stage.write(string)
  stage.end()
  return stage.toArray()
}

describe('strings written to a stage that takes bytes', () => {
  for (const [name, make, body] of [
    ['parseRows', () => parseRows(), grid],
    ['parseRows and toCsv', () => parseRows(), grid],
    ['parseDataValues', () => parseDataValues(), set],
    ['countBytes', () => countBytes(), grid],
  ] as const) {
    const out = async (strings: readonly string[], encoding?: BufferEncoding) => {
      const stage = make() as unknown as Transform
      if (name !== 'parseRows and toCsv') {
        const parts = await read(stage, strings, encoding)
        return Buffer.isBuffer(parts[0]) ? Buffer.concat(parts).toString() : parts
      }
      const csv = stage.pipe(toCsv())
      for (const string of strings) encoding ? stage.write(string, encoding) : stage.write(string)
      stage.end()
      return Buffer.concat(await csv.toArray()).toString()
    }

    it(`${name} has them as one, wherever they were cut`, async () => {
      const whole = await out([body])
      assert.ok(JSON.stringify(whole).includes(text))
      for (let at = 0; at <= body.length; at++) {
        assert.deepEqual(await out([body.slice(0, at), body.slice(at)]), whole, `cut at ${at}`)
      }
      assert.deepEqual(await out(body.split('')), whole)
      assert.deepEqual(await out(body.split(''), 'utf-8'), whole)
    })

    it(`${name} knows other encodings`, async () => {
      const whole = await out([body])
      for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        assert.deepEqual(await out([Buffer.from(body).toString(encoding)], encoding), whole, encoding)
      }
    })
  }

  it('half a pair at the end is not lost', async () => {
    await assert.rejects(read(parseRows() as unknown as Transform, [grid, '\uD83D']), {
      code: 'ERR_GRID_FORMAT',
    })
    await assert.rejects(read(parseDataValues() as unknown as Transform, [set, '\uD83D']), {
      code: 'ERR_GRID_FORMAT',
    })
    assert.equal(`${Buffer.concat(await read(countBytes(), ['a\uD83D']))}`, 'a\uFFFD')
    assert.equal(`${Buffer.concat(await read(countBytes(), ['a\uD83D', 'b']))}`, 'a\uFFFDb')
  })

  it('half a pair before bytes stays where it was', async () => {
    const stage = countBytes()
    stage.write('a\uD83D')
    stage.write(Buffer.from('b'))
    stage.end('\uDE00')
    assert.equal(`${Buffer.concat(await stage.toArray())}`, 'a\uFFFDb\uFFFD')
    assert.equal(stage.transferredBytes, 8)
  })
})
