import assert from 'node:assert/strict'
import { chmod, chown, lstat, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { DestinationError } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { emptyDirectory, filesIn } from '../support/run-script.ts'

const skip = process.platform === 'win32' && 'links need a privilege, and there are no modes here'
const notRoot = process.getuid?.() !== 0 && 'only root gives files away'

/**
 * `folder` leads into `real/sub`, so that what lies above it is `real`: `data.json` there is meant, and the one beside
 * `folder` is what a path read as text would lead to.
 */
async function linkedFolder(t: TestContext): Promise<string> {
  const directory = await emptyDirectory(t)
  await mkdir(join(directory, 'real', 'sub'), { recursive: true })
  await symlink(join('real', 'sub'), join(directory, 'folder'))
  for (const path of ['data.json', join('real', 'data.json')]) {
    await writeFile(join(directory, path), 'as it was')
  }
  return directory
}

describe('streamTo through symbolic links', { skip }, () => {
  const ways: [string, (directory: string) => Promise<string>][] = [
    [
      'a linked folder whose file is a relative link',
      async (directory) => {
        await symlink('../data.json', join(directory, 'real', 'sub', 'link'))
        return join(directory, 'folder', 'link')
      },
    ],
    ['a path that goes up behind a linked folder', async (directory) => `${directory}/folder/../data.json`],
    [
      'a link that goes up behind a linked folder',
      async (directory) => {
        await symlink('folder/../data.json', join(directory, 'link'))
        return join(directory, 'link')
      },
    ],
    [
      'a link to a link, one of them absolute',
      async (directory) => {
        await symlink(join(directory, 'folder', 'second'), join(directory, 'first'))
        await symlink('./..//data.json', join(directory, 'real', 'sub', 'second'))
        return join(directory, 'first')
      },
    ],
  ]
  for (const [way, make] of ways) {
    it(`replaces the file that is meant by ${way}`, async (t) => {
      const { client } = await connected(t)
      const directory = await linkedFolder(t)
      const size = await client.analytics.streamTo(await make(directory), question)
      assert.equal(await readFile(join(directory, 'data.json'), 'utf8'), 'as it was')
      assert.equal((await lstat(join(directory, 'real', 'data.json'))).size, size)
      assert.deepEqual(await filesIn(directory), ['data.json', 'real/data.json'])
      assert.equal(await readlink(join(directory, 'folder')), 'real/sub')
    })
  }

  it('goes up from the working directory as the system does', async (t) => {
    const { client } = await connected(t)
    const directory = await linkedFolder(t)
    const before = process.cwd()
    process.chdir(directory)
    t.after(() => process.chdir(before))
    const size = await client.analytics.streamTo('folder/../data.json', question)
    assert.equal((await lstat(join(directory, 'real', 'data.json'))).size, size)
    assert.equal(await readFile(join(directory, 'data.json'), 'utf8'), 'as it was')
  })

  it('makes what links lead to in vain, the folder too', async (t) => {
    const { client } = await connected(t)
    const directory = await linkedFolder(t)
    await symlink('../new.json', join(directory, 'real', 'sub', 'link'))
    await symlink('real/made/deep', join(directory, 'nowhere'))
    await client.analytics.streamTo(join(directory, 'folder', 'link'), question)
    await client.analytics.streamTo(join(directory, 'nowhere', 'grid.json'), question)
    assert.deepEqual(await filesIn(directory), [
      'data.json',
      'real/data.json',
      'real/made/deep/grid.json',
      'real/new.json',
    ])
  })

  it('refuses folders that lead in a circle, and a link to a name that is a directory’s', async (t) => {
    const { server, client } = await connected(t)
    const directory = await linkedFolder(t)
    await symlink('b', join(directory, 'a'))
    await symlink('folder/../../a', join(directory, 'b'))
    await symlink('newdir/', join(directory, 'link'))
    for (const [to, message] of [
      [join(directory, 'a', 'grid.json'), /circle/],
      [join(directory, 'link'), /names a directory/],
    ] as const) {
      await assert.rejects(client.analytics.streamTo(to, question), (error) => {
        assert.ok(error instanceof DestinationError, `${error}`)
        assert.match(error.message, message)
        return true
      })
    }
    assert.equal(server.requests.length, 0)
    assert.deepEqual(await filesIn(directory), ['data.json', 'real/data.json'])
  })
})

describe('a file that is replaced', { skip }, () => {
  it('keeps its permissions, and does not run as its owner what a server sent', async (t) => {
    const { client } = await connected(t)
    const path = join(await emptyDirectory(t), 'old.json')
    await writeFile(path, 'as it was')
    for (const [before, after] of [
      [0o6755, 0o755],
      [0o4711, 0o711],
      [0o1640, 0o640],
      [0o444, 0o444],
      [0o666, 0o666],
    ] as const) {
      await chmod(path, before)
      await client.analytics.streamTo(path, question)
      assert.equal((await stat(path)).mode & 0o7777, after, before.toString(8))
    }
  })

  it('keeps its owner and group where that is possible', { skip: notRoot }, async (t) => {
    const { client } = await connected(t)
    const path = join(await emptyDirectory(t), 'old.json')
    await writeFile(path, 'as it was')
    await chown(path, 12_345, 23_456)
    await chmod(path, 0o6750)
    await client.analytics.streamTo(path, question)
    const { uid, gid, mode } = await stat(path)
    assert.deepEqual([uid, gid, mode & 0o7777], [12_345, 23_456, 0o750])
  })

  it('is replaced where that is not, by whoever may write to the directory', { skip: notRoot }, async (t) => {
    const { client } = await connected(t)
    const directory = await emptyDirectory(t)
    const path = join(directory, 'old.json')
    await writeFile(path, 'as it was')
    await chmod(path, 0o644)
    await chown(directory, 65_534, 65_534)
    process.seteuid?.(65_534)
    t.after(() => process.seteuid?.(0))
    const size = await client.analytics.streamTo(path, question)
    process.seteuid?.(0)
    const { uid, mode, size: written } = await stat(path)
    assert.deepEqual([uid, mode & 0o7777, written], [65_534, 0o644, size])
  })
})
