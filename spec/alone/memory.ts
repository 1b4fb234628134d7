import assert from 'node:assert/strict'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { demoToken, startDhis2 } from '../../examples/support/dhis2-server.ts'
import { emptyDirectory, environment, root, run } from '../support/run-script.ts'

/** In here what is compiled finds what it depends on. */
const compiled = join(root, 'out/alone')

/**
 * Measured as users run it, compiled, as what compiles TypeScript on the fly takes 40 MB itself; and with nothing beside
 * it, as of what is not needed any more a busy machine collects less.
 */
describe('memory', () => {
  before(async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', compiled]
    const { code, stdout } = await run(process.execPath, args, root, environment())
    assert.equal(code, 0, stdout)
  })
  after(() => rm(compiled, { recursive: true }))

  // A gigabyte stays as far below, but takes 10 to 20 seconds; what grows with the body shows in a third of it.
  it('stays under 200 MB while 300 MB of grid become a CSV file', async (t) => {
    await using server = await startDhis2({ rows: 6_600_000 })
    const cwd = await emptyDirectory(t)
    const script = join(root, 'spec/support/pull.mjs')
    const main = pathToFileURL(join(compiled, 'index.js')).href
    const args = [script, main, server.url, demoToken, 'grid.csv']
    // Without coverage, which counts every block in memory of its own.
    const env = { ...environment(), NODE_V8_COVERAGE: '' }
    const { code, stdout, stderr } = await run(process.execPath, args, cwd, env)
    assert.equal(code, 0, stderr)
    const { readBytes, writtenBytes, peakBytes } = JSON.parse(stdout) as Record<string, number>
    assert.ok(readBytes! > 300e6, `${readBytes} bytes`)
    assert.equal((await stat(join(cwd, 'grid.csv'))).size, writtenBytes)
    assert.ok(peakBytes! < 200e6, `${Math.round(peakBytes! / 1e6)} MB`)
  })
})
