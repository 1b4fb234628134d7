import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataValuesReader } from '../../lib/grid/data-values-reader.ts'
import { GridReader } from '../../lib/grid/grid-reader.ts'
import { RowTaker } from '../../lib/grid/row-taker.ts'
import { endless, hostileBodies, hostileSets } from '../support/hostile-bodies.ts'
import { refusal } from '../support/read-grid.ts'
import { root, runScript } from '../support/run-script.ts'

describe('bodies without end', () => {
  it('are refused at 32 MiB before they take 400 MB, though a little gzip makes much of them', async () => {
    const env = { NODE_V8_COVERAGE: '' }
    const { code, stdout, stderr } = await runScript('spec/support/refuse-hostile.ts', { cwd: root, env })
    assert.equal(code, 0, stderr)
    const { errors, peakBytes } = JSON.parse(stdout) as { errors: Record<string, string>; peakBytes: number }
    for (const what of [...Object.keys(hostileBodies), ...Object.keys(hostileSets)]) {
      assert.match(errors[what] ?? '', /^ERR_GRID_FORMAT: .* 33554432 bytes \(maxBufferedBytes\)/, what)
    }
    assert.ok(peakBytes < 400e6, `${Math.round(peakBytes / 1e6)} MB`)
  })

  // What is read again for each chunk takes these minutes, and what is read once no time.
  for (const [size, limit] of [
    [1, 250_000],
    [1024, 16e6],
  ] as const) {
    it(`are read once, in chunks of ${size} bytes`, { timeout: 60_000 }, () => {
      for (const body of Object.values(hostileBodies)) {
        const reader = new GridReader({
          maxBufferedBytes: limit,
          onHeaders: () => undefined,
          ...(body[0].includes('listGrid') && { path: 'listGrid' }),
        })
        const lane = new RowTaker()
        assert.throws(() => {
          for (const chunk of cut(body, size)) for (const _ of reader.read(chunk, () => lane));
        }, /maxBufferedBytes/)
      }
      for (const body of Object.values(hostileSets)) {
        const reader = new DataValuesReader(limit)
        assert.throws(() => {
          for (const chunk of cut(body, size)) for (const _ of reader.read(chunk));
        }, /maxBufferedBytes/)
      }
    })
  }

  it('show no more of a long key than messages bear', () => {
    const key = 'k'.repeat(1_000_000)
    for (const body of [`{"${key}":0}`, `{"${key}":["${'x'.repeat(2_000_000)}"]}`]) {
      const { error } = refusal([Buffer.from(body)], 2_500_000)
      assert.ok(error.message.length < 1000)
    }
  })
})

function* cut(body: [string, (i: number) => string], size: number): Generator<Buffer> {
  for (const chunk of endless(body)) {
    for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size)
  }
}
