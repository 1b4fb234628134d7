import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isDhis2Error, RowError } from '../lib/index.ts'

/** As another copy of the package in the same process has it. */
const another = Object.assign(new Error(), { [Symbol.for('dhis2-analytics-stream.error')]: true })

it('isDhis2Error knows the errors of another copy of the package, and no others', () => {
  assert.ok(isDhis2Error(new RowError('no', { rowNumber: 1 })))
  assert.ok(isDhis2Error(another))
  for (const other of [new Error('no'), { code: 'ERR_ROW' }, undefined, null, 'ERR_ROW']) {
    assert.ok(!isDhis2Error(other))
  }
})
