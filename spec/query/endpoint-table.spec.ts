import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { endpointTable } from '../../lib/query/endpoint-table.ts'
import { root } from '../support/run-script.ts'

describe('what is known of endpoints', () => {
  it('stands in the docs as it is', async () => {
    const page = await readFile(join(root, 'docs/queries.md'), 'utf8')
    for (const [, { name, formats, reads }] of endpointTable) {
      assert.ok(page.includes(`| \`${name}\` | ${formats.join(' ')} | ${reads.join(' ')} |`), name)
    }
  })
})
