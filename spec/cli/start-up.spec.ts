import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { it } from 'node:test'
import { builtBin } from '../support/built-bin.ts'
import { environment } from '../support/run-script.ts'

// Not by the clock, which on a busy machine tells little: by what is loaded, which is what takes the time.
it('--help loads the parser of arguments, and none of the package', async () => {
  const { main } = await builtBin()
  for (const args of [
    ['--help'],
    ['pull', '--help'],
    ['dataset', 'create', '--help'],
    ['--version'],
    ['completion', 'bash'],
  ]) {
    const hooks = `data:text/javascript,import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(
      "import { appendFileSync } from 'node:fs'; export async function load(url, context, next) { appendFileSync(2, url + '\\n'); return next(url, context) }",
    )}))`
    const { stderr, status } = spawnSync(process.execPath, ['--import', hooks, main, ...args], {
      cwd: tmpdir(),
      env: environment() as NodeJS.ProcessEnv,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    const urls = stderr.split('\n').filter((url) => url.startsWith('file:'))
    assert.ok(
      urls.some((url) => url.includes('/node_modules/commander/')),
      stderr,
    )
    const others = urls.filter((url) => !/\/node_modules\/commander\/|\/cli\/|\/version\.js$/.test(url))
    assert.deepEqual(others, [])
  }
})
