import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compiledKernel } from '../support/compile-kernel.ts'
import { root } from '../support/run-script.ts'

describe('the module of the kernel', () => {
  it('is compiled from what stands in lib/kernel/assembly', async () => {
    const text = await readFile(join(root, 'lib/kernel/wasm.ts'), 'utf8')
    // Not by assert.equal, which would print two modules.
    assert.ok(
      text === (await compiledKernel()),
      'lib/kernel/wasm.ts is of another source: npm run kernel writes it anew',
    )
  })
})
