import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type } from 'arktype'
import { castCells, RowError, toObjects, validateRows } from 'dhis2-analytics-stream'
import * as v from 'valibot'
import { z } from 'zod'
import { failureOf, header, through } from '../support/stages.ts'

const grid = {
  headers: [header('ou'), header('value', 'NUMBER')],
  rows: [
    ['o', '1'],
    ['p', ''],
  ],
}

const tuples = {
  zod: z.tuple([z.string(), z.number()]),
  valibot: v.tuple([v.string(), v.number()]),
  arktype: type(['string', 'number']),
}
const objects = {
  zod: z.object({ ou: z.string(), value: z.number() }),
  valibot: v.object({ ou: v.string(), value: v.number() }),
  arktype: type({ ou: 'string', value: 'number' }),
}

describe('validateRows', () => {
  for (const [library, schema] of Object.entries(tuples)) {
    it(`takes a schema of ${library}, for rows`, async () => {
      const one = { ...grid, rows: grid.rows.slice(0, 1) }
      assert.deepEqual((await through(one, castCells(), validateRows(schema))).out, [['o', 1]])
      const error = await failureOf(through(grid, castCells(), validateRows(schema)))
      assert.ok(error instanceof RowError)
      assert.deepEqual([error.rowNumber, error.column], [2, 'value'])
      assert.ok(error.cause)
    })
  }

  for (const [library, schema] of Object.entries(objects)) {
    it(`takes a schema of ${library}, for objects`, async () => {
      await assert.rejects(through(grid, castCells(), toObjects(), validateRows(schema)), {
        name: 'RowError',
        rowNumber: 2,
        column: 'value',
      })
    })
  }

  it('takes whatever else is a Standard Schema', async () => {
    const upper = {
      '~standard': {
        version: 1,
        vendor: 'mine',
        validate: (row: unknown) =>
          (row as string[])[1] === ''
            ? { issues: [{ message: 'is empty', path: [{ key: 1 }] }] }
            : { value: (row as string[]).map((cell) => cell.toUpperCase()) },
      },
    } as const
    await assert.rejects(through(grid, validateRows(upper)), {
      message: 'Row 2, column "value": is empty',
    })
  })

  it('fails where a schema makes nothing of a row, which would drop it', async () => {
    const nothing = { '~standard': { validate: () => ({ value: undefined }) } }
    for (const schema of [nothing, z.any().transform(() => null)]) {
      const error = await failureOf(through(grid, toObjects(), validateRows(schema)))
      assert.match(String(error), /QueryError: validateRows: the schema makes (undefined|null) of a row/)
    }
  })

  it('says what is wrong with the answer of what is not quite a schema', async () => {
    const answering = (answer: unknown) => ({ '~standard': { validate: () => answer as { value: unknown } } })
    for (const answer of [undefined, null, 1]) {
      const error = await failureOf(through(grid, validateRows(answering(answer))))
      assert.match(String(error), /QueryError: .* as no Standard Schema does/)
    }
    for (const issues of [[], [{}], true, 'bad']) {
      const error = await failureOf(through(grid, validateRows(answering({ issues }))))
      assert.match(String(error), /RowError: Row 1: does not fit the schema/)
    }
  })

  it('lets a schema be an object with a state of its own', async () => {
    const standard = {
      seen: 0,
      validate(value: unknown) {
        this.seen += 1
        return { value }
      },
    }
    await through(grid, validateRows({ '~standard': standard }))
    assert.equal(standard.seen, 2)
  })

  it('refuses what is none, at once', () => {
    for (const none of [undefined, null, {}, () => true, { parse: () => 1 }, { '~standard': {} }, 'string']) {
      assert.throws(() => validateRows(none as never), {
        name: 'QueryError',
        message: /^validateRows: schema: must be a Standard Schema/,
      })
    }
  })

  it('refuses one that is async', async () => {
    const schema = v.pipeAsync(
      v.array(v.string()),
      v.checkAsync(async () => true),
    )
    await assert.rejects(through(grid, validateRows(schema)), /must not be async/)
  })
})
