import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cli, shell } from '../../support/cli.ts'
import { emptyDirectory } from '../../support/run-script.ts'

/** What is typed, the last word of it unfinished, and what is offered then. */
const cases: readonly (readonly [typed: string, offered: string])[] = [
  ['p', 'plan pull'],
  ['--', '--help --version'],
  ['pull --lab', '--labels'],
  ['pull --pass', '--password-file'],
  ['pull --format pa', 'parquet'],
  ['pull --dx a --format c', 'csv'],
  ['find pull --lab', ''],
  ['convert --format ra', ''],
  ['completion z', 'zsh'],
  ['dataset r', 'refresh run'],
  ['dataset refresh --per', '--periods'],
  ['dataset refresh anc --freshness s', 'strict'],
  ['dataset create --dx', '--dx'],
  ['dataset create anc --format n', 'ndjson'],
  ['dataset create anc --format ra', ''],
  ['dataset status --dx', ''],
]

/**
 * How a shell is asked what it would offer for a line, a word of it a line. That of zsh has the function say what it gives
 * to `_arguments`, which a shell without a terminal has not.
 */
const asking = {
  bash: (typed: string) =>
    `source completion && COMP_WORDS=(dhis2-analytics ${typed}) && COMP_CWORD=$((\${#COMP_WORDS[@]}-1)) && _dhis2_analytics && printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (typed: string) => `fish --no-config -c "source completion; complete -C 'dhis2-analytics ${typed}'"`,
}

const isThere = (name: string) => spawnSync(name, ['-c', 'true']).status === 0

describe('completion', () => {
  for (const [name, lineOf] of Object.entries(asking)) {
    const skip = !isThere(name)
    it(`offers commands, options and what these may be, in ${name}${skip ? ', which is not there' : ''}`, {
      skip,
    }, async (t) => {
      const cwd = await emptyDirectory(t)
      await writeFile(join(cwd, 'completion'), (await cli(['completion', name])).bytes)
      for (const [typed, offered] of cases) {
        const { stdout, stderr } = await shell(lineOf(typed), { cwd })
        const words = stdout.split('\n').map((line) => line.split('\t')[0])
        assert.deepEqual([words.filter(Boolean).sort().join(' '), stderr], [offered, ''], `${name}: ${typed}`)
      }
    })
  }

  const noZsh = !isThere('zsh')
  it(`gives commands, options and what these may be to _arguments, in zsh${noZsh ? ', which is not there' : ''}`, {
    skip: noZsh,
  }, async (t) => {
    const cwd = await emptyDirectory(t)
    await writeFile(join(cwd, '_dhis2-analytics'), (await cli(['completion', 'zsh'])).bytes)
    const given = async (typed: string) => {
      const words = `words=(dhis2-analytics ${typed}) CURRENT=$#words`
      const script = `compdef() { :; }; _arguments() { print -r -- "$CURRENT:$words"; print -rl -- "$@" }; source ./_dhis2-analytics; ${words}; _dhis2_analytics`
      await writeFile(join(cwd, 'script'), script)
      const { code, stdout, stderr } = await shell('zsh -n _dhis2-analytics && zsh -f script', { cwd })
      assert.deepEqual([code, stderr], [0, ''])
      return stdout
    }
    assert.match(await given('p'), /^2:dhis2-analytics p\n.*^1:what:\(\(pull\\:'Rows of .*dataset\\:'What /ms)
    assert.match(await given('pull --for'), /^2:pull --for\n.*^\*--format=\[.*\]:value:\(csv tsv .* raw\)$/ms)
    assert.match(
      await given('dataset create --format x'),
      /^3:create --format x\n.*:value:\(parquet csv ndjson\)$/ms,
    )
    assert.match(await given('dataset r'), /^2:dataset r\n.*^1:what:\(\(create\\:'/ms)
    assert.match(await given('completion z'), /^1:what:\(bash zsh fish\)$/m)
    assert.match(await given('convert x'), /^\*:files:_files$/m)
  })

  it('names no secrets', async () => {
    for (const name of ['bash', 'zsh', 'fish']) {
      const { stdout } = await cli(['completion', name])
      for (const word of ['pull', 'labels', 'parquet', 'completion', 'refresh', 'periods'])
        assert.ok(stdout.includes(word), word)
      assert.doesNotMatch(stdout, /--password\b(?!-)|--token|-l (password|pat|token) /)
    }
  })
})
