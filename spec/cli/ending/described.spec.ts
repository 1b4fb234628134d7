import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { described } from '../../../lib/cli/ending/described.ts'
import * as face from '../../../lib/index.ts'

describe('a failure', () => {
  it('has a kind and a remedy for every error of the package', () => {
    const errors = [
      new face.QueryError('a'),
      new face.ConnectionError('a', {}),
      new face.ClientClosedError(),
      new face.DestinationError('a', { path: 'a' }),
      new face.UnknownOutcomeError('a', { table: 'a' }),
      new face.DatasetError('a'),
      new face.NeverRanError('a', {}),
      new face.IncompletePullError('a', { isComplete: false, setAside: [], withoutRows: [] }),
    ]
    for (const error of errors) {
      const { kind, remedy } = described(error)
      assert.equal(kind === 'internal', error.code === 'ERR_CLIENT_CLOSED', error.code)
      assert.match(remedy, /^[A-Z].*\.$/)
    }
  })

  it('that is none of ours is told as one of the program, in one line', () => {
    assert.deepEqual(described(new TypeError('a\nb')), {
      kind: 'internal',
      status: 1,
      message: 'a b',
      remedy: 'This should not happen: please report it, with what --verbose tells.',
      details: {},
    })
    assert.equal(described('thrown').message, 'thrown')
    assert.equal(described(Object.assign(new Error('a'), { syscall: 'open', code: 'EACCES' })).kind, 'disk')
  })
})
