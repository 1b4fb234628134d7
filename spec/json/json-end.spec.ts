import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { wholeJson } from '../../lib/analytics/whole-json.ts'
import { GridFormatError, TruncatedResponseError } from '../../lib/index.ts'
import { JsonEnd } from '../../lib/json/json-end.ts'
import { cell } from '../support/arbitrary-grids.ts'
import { connected, question } from '../support/connected.ts'
import { eventually } from '../support/leaks.ts'
import { emptyDirectory, filesIn, root } from '../support/run-script.ts'

/** Bodies of running servers, as they came. */
const recorded = new Map(
  readdirSync(join(root, 'spec/analytics/recorded')).map((name) => [
    name,
    readFileSync(join(root, 'spec/analytics/recorded', name)),
  ]),
)
/** The same, with their elements repeated until most of the body can be skipped. */
const long = new Map([...recorded].map(([name, body]) => [`${name}, long`, lengthened(body)]))
/** With the objects that are otherwise before the rows behind them. */
const turned = new Map(
  [...recorded].map(([name, body]) => {
    const fields = Object.entries(JSON.parse(body.toString()) as object)
    return [`${name}, turned`, Buffer.from(JSON.stringify(Object.fromEntries(fields.reverse())))]
  }),
)

function lengthened(body: Buffer): Buffer {
  const grid = JSON.parse(body.toString(), (key, value) =>
    key === 'rows' || key === 'dataValues' ? new Array(3000).fill(value).flat().slice(0, 3000) : value,
  )
  return Buffer.from(JSON.stringify(grid))
}

/** Whether a body is found whole, given in chunks of a size. */
function isWhole(body: Buffer, size = body.length): boolean {
  const end = new JsonEnd()
  for (let at = 0; at < body.length; at += size) end.write(body.subarray(at, at + size))
  try {
    end.end()
    return true
  } catch (error) {
    assert.ok(error instanceof TruncatedResponseError && error.received === body.length, `${error}`)
    return false
  }
}

describe('the end of JSON', () => {
  for (const [name, body] of [...recorded, ...turned]) {
    for (const [how, size] of [
      ['at once', undefined],
      ['in chunks', 1500],
      ['in small chunks', 11],
    ] as const) {
      it(`is missed wherever ${name} is cut, ${how}`, () => {
        const last = body.lastIndexOf('}')
        for (let length = 0; length <= body.length; length++) {
          assert.equal(isWhole(body.subarray(0, length), size), length > last, `cut at ${length}`)
        }
      })
    }
  }

  for (const [name, body] of long) {
    it(`is missed wherever ${name}, is cut, in chunks that are skipped`, () => {
      assert.ok(body.length > 100_000)
      const near = Array.from({ length: 300 }, (_, back) => body.length - back)
      const far = Array.from({ length: 300 }, (_, i) => (i * 7919) % body.length)
      for (const size of [4096, 65_536]) {
        for (const length of [...near, ...far]) {
          assert.equal(isWhole(body.subarray(0, length), size), length === body.length, `cut at ${length}`)
        }
      }
    })
  }

  it('is found behind a byte order mark and before white space', () => {
    for (const body of [...recorded.values(), ...long.values()]) {
      for (const size of [1, 7, 2000]) {
        if (size < 2000 && body.length > 20_000) continue
        const marked = Buffer.concat([Buffer.from('\ufeff \r\n'), body, Buffer.from(' \r\n\t\n')])
        assert.equal(isWhole(marked, size), true)
      }
    }
  })

  it('is found and missed as JSON.parse has it, whatever is in cells, in any shape, cut anywhere', () => {
    const marks = fc.string({ unit: fc.constantFrom(...'[]{},:"\\ae1\n é'), maxLength: 9 })
    const value = fc.oneof({ weight: 3, arbitrary: marks }, { weight: 1, arbitrary: cell })
    const rows = fc.array(fc.array(value, { maxLength: 4 }), { minLength: 1, maxLength: 6 })
    const objects = fc.array(fc.dictionary(marks, value, { maxKeys: 3 }), { minLength: 1, maxLength: 6 })
    const body = fc
      .record({
        elements: fc.oneof(rows, objects, fc.array(value, { minLength: 1, maxLength: 6 })),
        before: value,
        behind: value,
        nested: fc.boolean(),
        space: fc.constantFrom(undefined, undefined, 1),
      })
      .map(({ elements, before, behind, nested, space }) => {
        const many = new Array(400).fill(elements).flat()
        const object = { before, many, behind }
        return Buffer.from(JSON.stringify(nested ? { object } : object, null, space))
      })
    fc.assert(
      fc.property(
        body,
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(1024, 1500, 5000),
        (bytes, near, far, size) => {
          assert.equal(isWhole(bytes, size), true)
          for (const cut of [near + 1, Math.ceil(far * bytes.length) + 1]) {
            assert.equal(isWhole(bytes.subarray(0, Math.max(0, bytes.length - cut)), size), false)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('is told of a bracket that closes another, of what follows, and of nesting that only takes memory', () => {
    const many = '["a","b"],'.repeat(1000)
    for (const [text, offset] of [
      ['{"rows":[["a"}]}', 13],
      [`{"rows":[${many}["a"}]}`, 10_013],
      [`{"dataValues":[${'{"a":"b"},'.repeat(1000)}{"a":"b"]]}`, 10_023],
      ['{"rows":[]} {}', 12],
      ['{"rows":[]}\0', 11],
      ['{}]', 2],
      ['{"a":['.repeat(500_001), 3_000_000],
    ] as const) {
      for (const size of [1024, 65_536]) {
        assert.throws(
          () => isWhole(Buffer.from(text), size),
          (error) => error instanceof GridFormatError && error.offset === offset,
          text.slice(0, 30),
        )
      }
    }
  })
})

describe('JSON on its way to a file', () => {
  it('is not held on to, nor are the larger chunks that its chunks are views of', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const before = process.memoryUsage().arrayBuffers
    const stage = wholeJson().resume()
    stage.write(Buffer.from('{"a":"'))
    for (let i = 0; i < 3000; i++) {
      stage.write(Buffer.allocUnsafeSlow(65_536).fill('x', 0, 1).subarray(0, 1))
      if (i % 100 === 0) await setImmediate()
    }
    const isFree = () => {
      collectGarbage()
      return process.memoryUsage().arrayBuffers - before < 20e6
    }
    // Nothing else keeps this process alive while it waits.
    const alive = setInterval(() => undefined, 1000)
    await eventually(isFree, 'the chunks are free').finally(() => clearInterval(alive))
    stage.end(Buffer.from('"}'))
    await finished(stage)
  })
})

describe('streamTo', () => {
  for (const name of ['events-query.body', 'sql-view.body']) {
    it(`refuses ${name} cut behind any of its brackets, and leaves nothing`, async (t) => {
      const { server, client } = await connected(t)
      const directory = await emptyDirectory(t)
      const body = recorded.get(name)!
      for (let length = 1; length < body.length; length++) {
        if (!']}'.includes(String.fromCharCode(body[length - 1]!))) continue
        server.misbehave({ body: body.subarray(0, length).toString() })
        const call = client.analytics.streamTo(join(directory, 'x.json'), question, { retry: false })
        await assert.rejects(call, TruncatedResponseError, `cut at ${length}`)
      }
      assert.deepEqual(await filesIn(directory), [])
    })
  }

  it('knows an error object by whatever key, also behind a byte order mark', async (t) => {
    const { server, client } = await connected(t)
    const directory = await emptyDirectory(t)
    for (const body of [
      '{"message":"no","status":"ERROR","httpStatusCode":409,"errorCode":"E7124"}',
      '\ufeff{"message":"no","status":"ERROR","httpStatusCode":409,"errorCode":"E7124"}',
      '\ufeff{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"no","errorCode":"E7124"}',
      '\ufeff \n{"errorCode":"E7124","httpStatusCode":409,"message":"no"}\n',
    ]) {
      server.misbehave({ body })
      const call = client.analytics.streamTo(join(directory, 'x.json'), question)
      await assert.rejects(call, { code: 'ERR_DHIS2_API', errorCode: 'E7124' }, body)
    }
    assert.deepEqual(await filesIn(directory), [])
  })
})
