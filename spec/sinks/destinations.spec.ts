import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { DestinationError, QueryError } from '../../lib/index.ts'
import { FileSink } from '../../lib/sinks/file.ts'
import { connected, question } from '../support/connected.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'

const onWindows = process.platform === 'win32' && 'there are none of these here'
const notLinux = process.platform !== 'linux' && 'there are none of these here'
const notRoot = (onWindows || process.getuid?.() !== 0) && 'it takes root to be somebody else'
const proc = !existsSync('/proc/self/fd') && 'there is no /proc here'

/** That streamTo refuses a destination before it asks, and leaves everything in `directory` as it is. */
async function refuses(t: TestContext, to: string, message: RegExp, directory: string): Promise<void> {
  const { server, client } = await connected(t)
  const before = await readdir(directory, { recursive: true })
  await assert.rejects(client.analytics.streamTo(to, question), (error) => {
    assert.ok(error instanceof DestinationError, `${error}`)
    assert.match(error.message, message)
    assert.equal(error.path, to)
    return true
  })
  assert.equal(server.requests.length, 0)
  assert.deepEqual(await readdir(directory, { recursive: true }), before)
}

/** Runs a program of the system; whether it went well. */
function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Does something while something is mounted; skips the test where nothing may be. */
async function mounted(t: TestContext, args: string[], action: () => Promise<void>): Promise<void> {
  if (!runs('mount', ...args)) return t.skip('nothing may be mounted here')
  try {
    await action()
  } finally {
    runs('umount', args.at(-1)!)
  }
}

describe('streamTo, before it asks', () => {
  it('refuses what is not a file', { skip: onWindows }, async (t) => {
    const directory = await emptyDirectory(t)
    runs('mkfifo', join(directory, 'fifo'))
    const socket = createServer().listen(join(directory, 'socket'))
    t.after(() => socket.close())
    await once(socket, 'listening')
    await symlink('fifo', join(directory, 'link'))
    for (const [to, message] of [
      [join(directory, 'fifo'), /is a device or a pipe; write to it with stream\(\)/],
      [join(directory, 'link'), /is a device or a pipe/],
      [join(directory, 'socket'), /is a socket/],
      ['/dev/null', /is a device or a pipe/],
      ['/dev/full', /is a device or a pipe/],
      [directory, /is a directory/],
      ['/', /directory/],
    ] as const) {
      if (to !== '/' && existsSync(to)) await refuses(t, to, message, directory)
    }
  })

  it('refuses what a process has open, whatever that is', { skip: proc }, async (t) => {
    const directory = await emptyDirectory(t)
    await symlink('/dev/stdout', join(directory, 'link'))
    for (const to of [
      '/dev/stdout',
      '/dev/stderr',
      '/dev/fd/1',
      '/proc/self/fd/1',
      `/proc/${process.pid}/fd/2`,
      '/proc/thread-self/fd/0',
      join(directory, 'link'),
    ]) {
      await refuses(t, to, /has open, not a file; write to it with stream\(\) and a pipeline/, directory)
    }
  })

  it('refuses a folder that can not be made', { timeout: 20_000 }, async (t) => {
    const directory = await emptyDirectory(t)
    await writeFile(join(directory, 'file'), 'as it was')
    await refuses(t, join(directory, 'file', 'x.json'), /ENOTDIR/, directory)
    await refuses(t, join(directory, 'file', 'a', 'b', 'x.json'), /ENOTDIR/, directory)
    await refuses(t, join(directory, 'a', 'x'.repeat(300), 'x.json'), /ENAMETOOLONG/, directory)
    await refuses(t, join(directory, 'a', 'b', 'x'.repeat(300)), /ENAMETOOLONG/, directory)
    await refuses(
      t,
      join(directory, ...Array.from({ length: 1200 }, () => 'abc'), 'x'),
      /ENAMETOOLONG/,
      directory,
    )
  })

  it('refuses a system that holds no files', { skip: notLinux, timeout: 20_000 }, async (t) => {
    const directory = await emptyDirectory(t)
    for (const to of ['/proc/x.json', '/proc/made/up/x.json', '/proc/self/x.json', '/sys/made/x.json']) {
      await refuses(t, to, /Cannot write \/(proc|sys)/, directory)
    }
  })

  it('refuses a folder it may not write to, also behind a link', { skip: notRoot }, async (t) => {
    const directory = await emptyDirectory(t)
    await chmod(directory, 0o755)
    await mkdir(join(directory, 'mine'))
    await writeFile(join(directory, 'mine', 'old.json'), 'as it was')
    await symlink('mine/new.json', join(directory, 'link'))
    process.seteuid?.(65_534)
    try {
      for (const name of ['mine/old.json', 'mine/new.json', 'mine/a/b/new.json', 'link', 'new.json']) {
        await refuses(t, join(directory, name), /EACCES/, directory)
      }
    } finally {
      process.seteuid?.(0)
    }
  })

  it('refuses the file of another in a folder where each may replace their own only', {
    skip: notRoot,
  }, async (t) => {
    const directory = await emptyDirectory(t)
    await chmod(directory, 0o1777)
    const path = join(directory, 'old.json')
    await writeFile(path, 'as it was')
    await chmod(path, 0o666)
    process.seteuid?.(65_534)
    try {
      await refuses(t, path, /belongs to another user/, directory)
      const { client } = await connected(t)
      await client.analytics.streamTo(join(directory, 'own.json'), question)
      await client.analytics.streamTo(join(directory, 'own.json'), question)
    } finally {
      process.seteuid?.(0)
    }
    assert.equal(await readFile(path, 'utf8'), 'as it was')
    await chown(directory, 65_534, 65_534)
    process.seteuid?.(65_534)
    t.after(() => process.seteuid?.(0))
    const { client } = await connected(t)
    await client.analytics.streamTo(path, question)
  })

  it('refuses a mount point, of the same file system too, and writes below one', {
    skip: notRoot,
  }, async (t) => {
    const directory = await emptyDirectory(t)
    const names = ['mounted here.json', 'other.json']
    for (const name of names) await writeFile(join(directory, name), 'as it was')
    const path = join(directory, names[0]!)
    await symlink(names[0]!, join(directory, 'link'))
    await mounted(t, ['--bind', join(directory, names[1]!), path], async () => {
      await refuses(t, path, /is a mount point/, directory)
      await refuses(t, join(directory, 'link'), /is a mount point/, directory)
    })
    const below = join(directory, 'below')
    await mkdir(below)
    await mounted(t, ['-t', 'tmpfs', 'none', below], async () => {
      const { client } = await connected(t)
      const size = await client.analytics.streamTo(join(below, 'new.json'), question)
      assert.equal((await stat(join(below, 'new.json'))).size, size)
    })
  })

  it('refuses a file system that is read-only', { skip: notRoot }, async (t) => {
    const directory = await emptyDirectory(t)
    await mounted(t, ['-o', 'ro', '-t', 'tmpfs', 'none', directory], async () => {
      await refuses(t, join(directory, 'new.json'), /EROFS/, directory)
      await refuses(t, join(directory, 'a', 'new.json'), /EROFS/, directory)
    })
  })

  it('refuses a file that nobody may change', { skip: notRoot }, async (t) => {
    const directory = await emptyDirectory(t)
    const path = join(directory, 'old.json')
    await writeFile(path, 'as it was')
    if (!runs('chattr', '+i', path)) return t.skip('no file is immutable here')
    try {
      await refuses(t, path, /EPERM/, directory)
    } finally {
      runs('chattr', '-i', path)
    }
  })

  it('refuses the name of a directory, as text and as a URL', async (t) => {
    const { server, client } = await connected(t)
    const directory = await emptyDirectory(t)
    for (const to of [
      `${directory}/newdir/`,
      `${directory}/newdir//`,
      `${directory}/newdir/.`,
      `${directory}/newdir/..`,
      `${directory}/`,
      '.',
      '..',
      './',
      '/',
      `file://${directory}/newdir/`,
      new URL(`file://${directory}/newdir/..`),
    ]) {
      await assert.rejects(client.analytics.streamTo(to, question), (error) => {
        assert.ok(error instanceof QueryError, `${to}: ${error}`)
        assert.match(error.message, /is the name of a directory; name a file in it/)
        return true
      })
    }
    assert.equal(server.requests.length, 0)
    assert.deepEqual(await readdir(directory), [])
  })

  it('tells when the working directory is gone', { skip: onWindows }, async (t) => {
    const { server, client } = await connected(t)
    const before = process.cwd()
    const gone = await mkdtemp(join(tmpdir(), 'gone-'))
    process.chdir(gone)
    t.after(() => process.chdir(before))
    await rm(gone, { recursive: true })
    for (const to of ['x.json', '../x.json']) {
      await assert.rejects(client.analytics.streamTo(to, question), DestinationError)
    }
    assert.equal(server.requests.length, 0)
  })
})

describe('streamTo, to a name as long as names can be', () => {
  for (const [kind, name] of [
    ['one byte', 'x'.repeat(255)],
    ['two bytes', 'é'.repeat(127)],
    ['three bytes', '界'.repeat(85)],
    ['four bytes', `x${'🌍'.repeat(63)}`],
  ] as const) {
    it(`writes it, of characters of ${kind}, and refuses one beyond`, { skip: onWindows }, async (t) => {
      const { client } = await connected(t)
      const directory = await emptyDirectory(t)
      await client.analytics.streamTo(join(directory, 'made', name), question)
      assert.deepEqual(await filesIn(directory), [`made/${name}`])
      await refuses(t, join(directory, `${name}${[...name].at(-1)}`), /ENAMETOOLONG/, directory)
    })

    it(`names what is in the making after it, of characters of ${kind}, none cut in two`, async (t) => {
      const directory = await emptyDirectory(t)
      const sink = new FileSink(join(directory, name), 1)
      await new Promise((resolve) => sink.write('x', resolve))
      const [partial = ''] = await readdir(directory)
      sink.destroy()
      await once(sink, 'close')
      const [, beginning = ''] = /^(.+)\.[0-9a-f]{12}\.partial$/.exec(partial) ?? []
      assert.ok(beginning.length > 10 && name.startsWith(beginning), partial)
    })
  }
})
