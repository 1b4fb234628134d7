import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { demoToken } from '../../lib/testing/index.ts'
import { type CliRun, cli } from '../support/cli.ts'
import { emptyDirectory } from '../support/run-script.ts'
import { standIn } from '../support/stand-in-env.ts'

describe('who we are, and where', () => {
  const own = standIn()
  const info = async (...[args, options]: Parameters<typeof cli>) => cli(['info', ...args], options)
  const succeeds = ({ code, stdout, stderr }: CliRun) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /^user +admin, John Traore$/m)
  }
  const refuses = ({ code, stdout, stderr }: CliRun, what: RegExp) => {
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, what)
    assert.match(stderr, /^dhis2-analytics: [^\n]+\n[^\n]+\n$/)
    assert.doesNotMatch(stderr, /district|d2pat/)
  }

  it('come from the environment', async () => {
    succeeds(await info([], { env: own.env }))
    succeeds(
      await info([], {
        env: { DHIS2_URL: own.server.url, DHIS2_USERNAME: 'admin', DHIS2_PASSWORD: 'district' },
      }),
    )
  })

  it('come from flags, with the secret on standard input or in a file', async (t) => {
    const cwd = await emptyDirectory(t)
    await writeFile(join(cwd, 'secret'), 'district\n')
    const who = ['--url', own.server.url, '--username', 'admin']
    succeeds(await info([...who, '--password-file', '-'], { stdin: 'district\n' }))
    succeeds(await info([...who, '--password-file', 'secret'], { cwd }))
    succeeds(await info(['--url', own.server.url, '--pat-file', '-'], { stdin: demoToken }))
    refuses(await info([...who, '--password-file', 'nowhere'], { cwd }), /--password-file: ENOENT/)
    refuses(
      await info([...who, '--password-file', '-'], { stdin: '\n' }),
      /--password-file: there is nothing/,
    )
  })

  it('are never taken from an argument', async () => {
    const url = own.server.url.replace('//', '//admin:district@')
    for (const [args, what] of [
      [['--password', 'district'], /--password would show the password .*\nPut it into DHIS2_PASSWORD/],
      [['--password=district'], /--password would show/],
      [['--pat', demoToken], /--pat would show the token/],
      [[`--token=${demoToken}`], /--token would show the token/],
      [['--url', url], /--url holds a name or a password/],
    ] as const) {
      refuses(await info(args, { env: own.env }), what)
    }
  })

  it('come from a profile, which others should not read', async (t) => {
    const cwd = await emptyDirectory(t)
    const path = join(cwd, 'profiles.json')
    const profiles = {
      demo: { url: own.server.url, pat: demoToken },
      user: { url: own.server.url, username: 'admin', password: 'district' },
      odd: { url: own.server.url, passwort: 'district' },
    }
    await writeFile(path, JSON.stringify(profiles), { mode: 0o600 })
    // Of an environment nothing is mixed in.
    const env = { DHIS2_PROFILES: path, DHIS2_URL: 'http://127.0.0.1:1', DHIS2_PAT: 'd2pat_other' }
    succeeds(await info(['--profile', 'demo'], { env }))
    succeeds(await info(['--profile', 'user'], { env }))
    refuses(
      await info(['--profile', 'odd'], { env }),
      /The profile odd in \S+ is none: passwort is not right\nWrite text under url, pat/,
    )
    refuses(
      await info(['--profile', 'toString'], { env }),
      /There is no profile toString in .*\nThere are: demo, user, odd\./,
    )
    await chmod(path, 0o644)
    const { code, stderr } = await info(['--profile', 'demo'], { env })
    assert.equal(code, 0)
    assert.match(
      stderr,
      /^dhis2-analytics: warning: \S+profiles\.json can be read by others; chmod 600 \S+ keeps it to you\n$/,
    )
    await chmod(path, 0o600)
    for (const text of ['{"demo":{"pat":"d2pat_secret"', '[]']) {
      await writeFile(path, text)
      refuses(await info(['--profile', 'demo'], { env }), /profiles\.json is no JSON of profiles/)
    }
    refuses(await info(['--profile', 'demo']), /The profiles can't be read: ENOENT/)
    await writeFile(path, '{"demo":7}')
    refuses(await info(['--profile', 'demo'], { env }), /The profile demo in \S+ is none: it is not right/)
  })

  it('belong together: a secret goes to no other server than its own', async () => {
    const elsewhere = { DHIS2_URL: 'https://dhis2.example.org', DHIS2_PAT: demoToken }
    const sent = own.server.requests.length
    refuses(
      await info(['--url', own.server.url], { env: elsewhere }),
      /what the environment says is for https:\/\/dhis2\.example\.org/,
    )
    assert.equal(own.server.requests.length, sent)
    succeeds(await info(['--url', `${own.server.url}/`], { env: own.env }))
    succeeds(await info(['--url', own.server.url], { env: { DHIS2_PAT: demoToken } }))
    const user = { DHIS2_URL: own.server.url, DHIS2_USERNAME: 'admin', DHIS2_PASSWORD: 'district' }
    succeeds(await info(['--username', 'admin'], { env: user }))
    refuses(await info(['--username', 'somebody'], { env: user }), /there is no password of somebody/)
  })

  it('are asked for where they are missing', async () => {
    refuses(await info([]), /Which server is not said\nSet DHIS2_URL, or/)
    refuses(await info([], { env: { DHIS2_URL: own.server.url } }), /Who you are is not said\nSet DHIS2_PAT/)
    refuses(
      await info([], { env: { ...own.env, DHIS2_URL: 'nowhere' } }),
      /The address of the server is not a URL/,
    )
  })

  it('are told by info, with rights and the last run of analytics', async () => {
    const { stdout } = await info([], { env: own.env })
    assert.match(
      stdout,
      /^server +DHIS 2 Demo - Sierra Leone, http:\/\/127\.0\.0\.1:\d+\nversion +2\.43\.1\n/,
    )
    assert.match(
      stdout,
      /^rights +all of them\norg units +Sierra Leone\nanalytics +last ran 2026-01-15T01:00:00\.000, 7 h/m,
    )
    own.server.misbehave(
      { body: '{"version":"2.41.0","lastAnalyticsTableSuccess":"1970-01-01T00:00:00.000"}' },
      {
        body: '{"username":"nurse","authorities":["F_RUN_VALIDATION"],"dataViewOrganisationUnits":[{"name":"Bo"}]}',
      },
    )
    const other = await info([], { env: own.env })
    assert.match(
      other.stdout,
      /^server +DHIS2, .*\nversion +2\.41\.0\nuser +nurse\nrights +outlier detection\norg units +Bo\nanalytics +never ran/,
    )
    own.server.misbehave(
      { body: '{"version":"2.41.0","lastAnalyticsTableSuccess":"2026-01-01T00:00:00.000"}' },
      { body: '{"username":"nurse"}' },
    )
    const plain = await info([], { env: own.env })
    assert.match(
      plain.stdout,
      /\nrights +none beyond aggregate analytics\nanalytics +last ran 2026-01-01T00:00:00\.000\n$/,
    )
  })
})
