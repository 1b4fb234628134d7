import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { environment, nodeArguments, root, run } from '../support/run-script.ts'

interface Told {
  readonly hasKernel: boolean
  readonly kernels: number
  readonly hashes: Readonly<Record<string, string>>
}

const child = join(root, 'spec/kernel/without-kernel-child.ts')

/** A kernel reserves some 10 GB of addresses, and takes little of them: in so many kB there is room for a few. */
const addressKilobytes = 150_000_000

async function toldBy(command: string, ...args: string[]): Promise<Told> {
  const { code, stdout, stderr } = await run(command, args, root, environment())
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Told
}

describe('the bytes that come of a grid', () => {
  let usual: Told
  before(async () => {
    usual = await toldBy(process.execPath, ...nodeArguments, child)
    assert.equal(usual.hasKernel, true)
    assert.equal(Object.keys(usual.hashes).length, 8)
  })

  it('are the same where there is no WebAssembly', async () => {
    const without = await toldBy(process.execPath, '--jitless', '--no-warnings', ...nodeArguments, child)
    assert.equal(without.hasKernel, false)
    assert.deepEqual(without.hashes, usual.hashes)
  })

  it('are the same where there is no room for a kernel', { skip: process.platform !== 'linux' }, async () => {
    const limited = `ulimit -v ${addressKilobytes} && exec "$@"`
    const without = await toldBy(
      'sh',
      '-c',
      limited,
      'sh',
      process.execPath,
      ...nodeArguments,
      child,
      'exhausted',
    )
    assert.equal(without.hasKernel, false)
    assert.deepEqual(without.hashes, usual.hashes)
  })
})
