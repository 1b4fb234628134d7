import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { failureOf, isPromise, refusePromise } from '../../lib/checks/callback.ts'
import { QueryError } from '../../lib/index.ts'

describe('what a function of the user threw', () => {
  it('is its own error, or whatever else it threw', () => {
    for (const thrown of [new Error('mine'), 'text', 7, {}, Symbol('mine')]) {
      assert.equal(failureOf('mapRows', thrown), thrown)
    }
  })

  it('is never taken for success', () => {
    for (const [thrown, text] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [0, '0'],
      [0n, '0n'],
      ['', "''"],
      [false, 'false'],
      [Number.NaN, 'NaN'],
    ] as const) {
      const error = failureOf('mapRows', thrown)
      assert.ok(error instanceof Error)
      assert.ok(error.message.startsWith(`mapRows threw ${text},`), error.message)
    }
  })
})

describe('what a function of the user returned', () => {
  const thenable = (then: unknown) => Object.fromEntries([['then', then]])
  const promises = [Promise.resolve(1), runInNewContext('Promise.resolve(1)'), thenable(() => undefined)]
  const values = [undefined, null, 0, '', 'then', {}, thenable(true), () => undefined]

  it('is a promise wherever it can be waited for', () => {
    for (const value of promises) assert.equal(isPromise(value), true)
    for (const value of values) assert.equal(isPromise(value), false)
  })

  it('is refused as a promise, and does not end the process when that rejects', async () => {
    for (const value of [...promises, Promise.reject(new Error('late'))]) {
      assert.throws(
        () => refusePromise('filterRows', value),
        (error) => error instanceof QueryError && /^filterRows must not be async/.test(error.message),
      )
    }
    for (const value of values) refusePromise('filterRows', value)
    await new Promise(setImmediate)
  })
})
