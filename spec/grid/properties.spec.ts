import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Dhis2ClientError } from '../../lib/errors.ts'
import { anyCuts, anyDamage, anyGridBytes, type Damage, damaged } from '../support/arbitrary-grids.ts'
import { cutAt } from '../support/chunks.ts'
import { generated, grids, type PlainGrid } from '../support/grids.ts'
import { jsonParse, streamJson } from '../support/oracle.ts'
import { type ReadGrid, readInto } from '../support/read-grid.ts'

type Outcome = { read: ReadGrid } | { error: unknown; rows: unknown[][] }

describe('the grid reader and stream-json', () => {
  it('agree on every grid in every chunking', () => {
    fc.assert(
      fc.property(anyGridBytes, anyCuts, (bytes, cuts) => {
        const chunks = cutAt(bytes, cuts)
        agrees(outcome(chunks), streamJson(chunks) as PlainGrid)
      }),
      { numRuns: 1500 },
    )
  })

  it('agree on damaged grids: both refuse, or both read the same', () => {
    const damage = fc.array(anyDamage, { minLength: 1, maxLength: 2 })
    fc.assert(fc.property(anyGridBytes, damage, anyCuts, agreesOnDamaged), { numRuns: 6000 })
  })

  it('agree on the damaged grids of servers', () => {
    const bodies: Record<string, Buffer> = {
      'wide rows': generated({ rows: 40, shape: 'wide' }),
      'narrow rows': generated({ rows: 400 }),
    }
    for (const [shape, grid] of Object.entries(grids)) bodies[shape] = Buffer.from(JSON.stringify(grid))
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(bodies)),
        fc.array(anyDamage, { minLength: 1, maxLength: 3 }),
        anyCuts,
        (shape, damage, cuts) => agreesOnDamaged(bodies[shape]!, damage, cuts),
      ),
      { numRuns: 4000 },
    )
  })
})

describe('stream-json and JSON.parse', () => {
  it('agree on damaged grids, so that either may be the oracle', () => {
    fc.assert(
      fc.property(anyGridBytes, anyDamage, anyCuts, (whole, damage, cuts) => {
        const bytes = damaged(whole, damage)
        assert.deepEqual(
          attempt(() => streamJson(cutAt(bytes, cuts))),
          attempt(() => jsonParse(bytes)),
        )
      }),
      { numRuns: 3000 },
    )
  })
})

function agreesOnDamaged(whole: Buffer, damage: Damage[], cuts: number[]): void {
  const bytes = damage.reduce(damaged, whole)
  const chunks = cutAt(bytes, cuts)
  const expected = attempt(() => streamJson(chunks))
  if (expected !== malformed && isGrid(expected)) agrees(outcome(chunks), expected, bytes)
  else refuses(outcome(chunks))
}

const malformed = Symbol('malformed')

function attempt(parse: () => unknown): unknown {
  try {
    return parse()
  } catch {
    return malformed
  }
}

function outcome(chunks: Buffer[]): Outcome {
  const rows: unknown[][] = []
  try {
    return { read: { ...readInto(rows, chunks), rows } }
  } catch (error) {
    return { error, rows }
  }
}

function refuses(outcome: Outcome): void {
  assert.ok('error' in outcome, 'what is no grid was read as one')
  assert.ok(outcome.error instanceof Dhis2ClientError, `${outcome.error}`)
}

function agrees(outcome: Outcome, expected: PlainGrid, bytes?: Buffer): void {
  if ('error' in outcome) {
    // A key that is there twice is no error to JSON.parse, which takes the last; here it is, for these two.
    const isTwice = bytes && /A second (rows|headers|value)/.test(`${outcome.error}`)
    // The first of two may hold what is no row, which is found before the second comes.
    const isFirst =
      bytes && /: A row /.test(`${outcome.error}`) && bytes.toString().split('"rows":').length > 2
    assert.ok(isTwice || isFirst, `${outcome.error}`)
    return
  }
  const { rows, ...fields } = expected
  assert.deepEqual(outcome.read.rows, rows)
  assert.deepEqual(outcome.read.headers, fields.headers)
  assert.deepEqual(outcome.read.fields, fields)
}

/** Whether a JSON value is a grid at all, whose rows fit its headers and its height. */
function isGrid(value: unknown): value is PlainGrid {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { headers, rows, height } = value as Record<string, unknown>
  if (!Array.isArray(headers) || !headers.every(isHeader) || !Array.isArray(rows)) return false
  if (
    Object.hasOwn(value, 'dataValues') &&
    typeof (value as Record<string, unknown>)['dataValues'] === 'object'
  )
    return false
  const fits = (row: unknown) => Array.isArray(row) && (headers.length === 0 || row.length === headers.length)
  return rows.every(fits) && (height ?? rows.length) === rows.length
}

function isHeader(header: unknown): boolean {
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return false
  const { name, column, valueType } = header as Record<string, unknown>
  const maybeText = (field: unknown) => field === undefined || typeof field === 'string'
  return typeof name === 'string' && maybeText(column) && maybeText(valueType)
}
