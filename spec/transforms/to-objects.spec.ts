import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { castCells, QueryError, toCsv, toNdjson, toObjects } from 'dhis2-analytics-stream'
import { failureOf, header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('ou'), header('value', 'NUMBER')]
const rows = [
  ['a', 'o', '1'],
  ['b', 'p', ''],
]

describe('toObjects', () => {
  it('makes plain objects by header name', async () => {
    const { out } = await through({ headers, rows }, toObjects())
    assert.deepEqual(out, [
      { dx: 'a', ou: 'o', value: '1' },
      { dx: 'b', ou: 'p', value: '' },
    ])
    assert.equal(Object.getPrototypeOf(out[0]), Object.prototype)
    assert.notEqual(out[0], out[1])
  })

  it('takes the labels for keys, and announces them', async () => {
    const made = await through({ headers, rows: [['a', 'o', '1']] }, toObjects({ keys: 'column' }))
    assert.deepEqual(made.out, [{ 'The dx': 'a', 'The ou': 'o', 'The value': '1' }])
    assert.deepEqual(
      made.headers?.map(({ name, valueType }) => [name, valueType]),
      [
        ['The dx', 'TEXT'],
        ['The ou', 'TEXT'],
        ['The value', 'NUMBER'],
      ],
    )
  })

  it('takes the name where there is no label', async () => {
    const { out } = await through({ headers: [{ name: 'dx' }], rows: [['a']] }, toObjects({ keys: 'column' }))
    assert.deepEqual(out, [{ dx: 'a' }])
  })

  it('takes other keys for some names', async () => {
    const { out } = await through(
      { headers, rows: [['a', 'o', '1']] },
      toObjects({ keys: { ou: 'facility' } }),
    )
    assert.deepEqual(out, [{ dx: 'a', facility: 'o', value: '1' }])
  })

  it('refuses other keys for a name that is not there', async () => {
    await assert.rejects(through({ headers, rows }, toObjects({ keys: { pe: 'period' } })), {
      name: 'QueryError',
      message: 'toObjects: no column "pe"; there are dx, ou, value',
    })
  })

  it('refuses two columns of one name, also without rows, and says how to tell them apart', async () => {
    const twins = [header('a'), header('b'), header('a')]
    const error = await failureOf(through({ headers: twins }, toObjects()))
    assert.ok(error instanceof QueryError)
    assert.match(error.message, /columns 1 and 3 would both be "a"/)

    // What the message proposes is tried here as it stands.
    const [advice] = /toObjects\(.*\)/.exec(error.message)!
    const made = new Function('toObjects', `return ${advice}`)(toObjects)
    const { out } = await through({ headers: twins, rows: [['1', '2', '3']] }, made)
    assert.deepEqual(out, [{ a: '1', b: '2', another: '3' }])
  })

  it('refuses a mapping that makes two keys the same', async () => {
    await assert.rejects(through({ headers, rows }, toObjects({ keys: { ou: 'dx' } })), /would both be "dx"/)
  })

  it('has an own key for a header named __proto__, and leaves every prototype alone', async () => {
    const names = ['__proto__', 'constructor', 'toString']
    const { out } = await through(
      { headers: names.map((name) => header(name)), rows: [['{}', 'a', 'b']] },
      toObjects(),
    )
    assert.deepEqual(Object.entries(out[0] as object), [
      ['__proto__', '{}'],
      ['constructor', 'a'],
      ['toString', 'b'],
    ])
    assert.equal(Object.getPrototypeOf(out[0]), Object.prototype)
    assert.equal(({} as Record<string, unknown>)['a'], undefined)
  })

  it('does not let an object cell under __proto__ become a prototype', async () => {
    const { out } = await through(
      { headers: [header('__proto__')], rows: [[{ polluted: true }]] },
      toObjects(),
    )
    assert.equal((out[0] as Record<string, unknown>)['polluted'], undefined)
  })

  it('lets toCsv write its header line, and toNdjson its objects', async () => {
    const csv = await through({ headers, rows }, castCells(), toObjects({ keys: { dx: 'data' } }), toCsv())
    assert.equal(textOf(csv.out), 'data,ou,value\na,o,1\nb,p,\n')
    const empty = await through({ headers }, toObjects(), toCsv())
    assert.equal(textOf(empty.out), 'dx,ou,value\n')
    const ndjson = await through({ headers, rows }, castCells(), toObjects(), toNdjson())
    assert.equal(textOf(ndjson.out), '{"dx":"a","ou":"o","value":1}\n{"dx":"b","ou":"p","value":null}\n')
  })

  it('fails behind a stage that announces no headers, and says what to do', async () => {
    const stage = toObjects()
    stage.write(['a'])
    await assert.rejects(stage.toArray(), { name: 'QueryError', message: /mapRows\(fn, \{ headers \}\)/ })
    const empty = toObjects()
    empty.end()
    await assert.rejects(empty.toArray(), { name: 'QueryError' })
  })

  it('fails on rows that came without headers, but not on an empty grid without them', async () => {
    await assert.rejects(through({ rows: [['a']] }, toObjects()), {
      name: 'QueryError',
      message: /without headers/,
    })
    const { out, headers: none } = await through({}, toObjects())
    assert.deepEqual([out, none], [[], []])
  })

  it('fails on objects', async () => {
    await assert.rejects(through({ headers, rows }, toObjects(), toObjects()), /rows have to be arrays/)
  })
})
