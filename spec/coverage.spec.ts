import assert from 'node:assert/strict'
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { emptyDirectory, environment, type Run, root, run } from './support/run-script.ts'

const tested = `export function sign(x: number): string {\n  return x < 0 ? 'minus' : 'plus'\n}\n`
const untested = `export function unused(x: number): string {\n${'  if (x > 1) x -= 1\n'.repeat(10)}  return String(x)\n}\n`
const spec = `
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sign } from '../lib/sign.ts'
it('knows the sign', () => {
  assert.equal(sign(-1), 'minus')
  assert.equal(sign(1), 'plus')
})
`

/** Runs one small spec under this project's own coverage settings, in a project of these files. */
async function covered(t: TestContext, files: Readonly<Record<string, string>>): Promise<Run> {
  const project = await emptyDirectory(t)
  for (const folder of ['lib', 'spec']) await mkdir(join(project, folder))
  await copyFile(join(root, '.c8rc.json'), join(project, '.c8rc.json'))
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
  await writeFile(join(project, 'package.json'), '{"type":"module"}')
  for (const [path, text] of Object.entries(files)) await writeFile(join(project, path), text)
  // Named, or else spawn passes ours on and the run within clears the reports of the run around it.
  const env = { ...environment(), NODE_V8_COVERAGE: undefined }
  const c8 = join(root, 'node_modules/c8/bin/c8.js')
  const command = [process.execPath, '--import', 'tsx', '--test', 'spec/sign.spec.ts']
  return run(process.execPath, [c8, ...command], project, env)
}

describe('the coverage figure', () => {
  it('is full where every line and branch was run', async (t) => {
    const { code, stdout, stderr } = await covered(t, { 'lib/sign.ts': tested, 'spec/sign.spec.ts': spec })
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /Branches\s*: 100%/)
    assert.match(stdout, /Lines\s*: 100%/)
  })

  it('is lowered by a file that no spec ever loads, and fails the run', async (t) => {
    const files = { 'lib/sign.ts': tested, 'spec/sign.spec.ts': spec, 'lib/untested.ts': untested }
    const { code, stdout, stderr } = await covered(t, files)
    assert.equal(code, 1)
    assert.match(stdout, /untested\.ts\s*\|\s*0 /)
    const [, lines] = /Lines\s*: ([\d.]+)%/.exec(stdout) ?? []
    assert.ok(Number(lines) < 50, `${lines} % of the lines`)
    assert.match(stderr, /Coverage for lines \([\d.]+%\) does not meet global threshold \(95%\)/)
  })
})
