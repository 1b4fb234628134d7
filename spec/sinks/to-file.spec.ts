import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { basicAuth, castCells, parseRows, toCsv, toFile } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'
import { gridBytes, header } from '../support/stages.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'to-file-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

const chunks = ['a,b\n', '1,2\n'].map((line) => Buffer.from(line))

describe('toFile', () => {
  it('makes the file of a pipeline, in a folder that is made', async (t) => {
    const path = join(await folder(t), 'deep', 'er', 'anc.csv')
    const { client } = await connected(t)
    const csv = toCsv()
    const sink = toFile(path)
    await pipeline(client.analytics.rows(question).through(castCells()), csv, sink)
    const text = await readFile(path, 'utf8')
    assert.equal(text.split('\n').length, csv.rowCount + 2)
    assert.deepEqual([sink.byteCount, csv.byteCount], [text.length, text.length])
    assert.deepEqual(await readdir(join(path, '..')), ['anc.csv'])
  })

  for (const chunkSize of [undefined, 1, 3, 1000]) {
    it(`writes ${chunkSize ?? 'a MiB of'} bytes at a time, also of bytes that come one by one`, async (t) => {
      const path = join(await folder(t), 'a.csv')
      const bytes = Buffer.concat(chunks)
      await pipeline(
        Readable.from([...bytes].map((byte) => Buffer.from([byte]))),
        toFile(path, { chunkSize }),
      )
      assert.deepEqual(await readFile(path), bytes)
    })
  }

  it('takes text, and a character whose halves come apart', async (t) => {
    const path = `${await folder(t)}/text`
    const sink = toFile(path)
    await pipeline(['a', 'ü', '\ud83d', '\ude00'], sink)
    assert.equal(await readFile(path, 'utf8'), 'aü😀')
    assert.equal(sink.byteCount, 7)
  })

  it('makes an empty file of nothing', async (t) => {
    const path = join(await folder(t), 'a.csv')
    await pipeline(Readable.from([]), toFile(path))
    assert.equal((await readFile(path)).length, 0)
  })

  it('takes a file: URL', async (t) => {
    const path = join(await folder(t), 'a b.csv')
    await pipeline(Readable.from(chunks), toFile(new URL(`file://${path.replace(' ', '%20')}`)))
    assert.equal((await readFile(path)).length, 8)
  })

  const failing: Record<string, (t: TestContext, path: string) => Promise<unknown>> = {
    'the password is wrong': async (t, path) => {
      const { client } = await connected(t, {}, { auth: basicAuth('admin', 'wrong') })
      return pipeline(client.analytics.rows(question), toCsv(), toFile(path))
    },
    'a stage fails': (_, path) =>
      pipeline(
        Readable.from(chunks),
        // biome-ignore lint/correctness/useYield: it fails
        async function* () {
          throw new Error('mine')
        },
        toFile(path),
      ),
    'the source fails in the middle': (_, path) =>
      pipeline(
        Readable.from(
          (function* () {
            yield chunks[0]
            throw new Error('mine')
          })(),
        ),
        toFile(path, { chunkSize: 1 }),
      ),
    'it is aborted by its own signal': (_, path) =>
      pipeline(
        Readable.from(
          (async function* () {
            yield chunks[0]
            await new Promise((resolve) => setTimeout(resolve, 20))
            yield chunks[1]
          })(),
        ),
        toFile(path, { chunkSize: 1, signal: AbortSignal.timeout(5) }),
      ),
    'it gets rows': (_, path) => pipeline(Readable.from([['a']]), toFile(path)),
    'it is destroyed before the first byte': async (_, path) => {
      const sink = toFile(path)
      const writing = pipeline(new Readable({ read: () => undefined }), sink)
      sink.destroy()
      return writing
    },
  }
  for (const [what, fail] of Object.entries(failing)) {
    it(`leaves the old file as it was, and nothing else, where ${what}`, async (t) => {
      const path = join(await folder(t), 'a.csv')
      await writeFile(path, 'last night')
      await assert.rejects(fail(t, path))
      // A pipeline that fails does not wait for its sink to let go of what it was about to make.
      await new Promise((resolve) => setTimeout(resolve, 100))
      for (let i = 0; (await readdir(join(path, '..'))).length > 1 && i < 100; i++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.deepEqual(await readdir(join(path, '..')), ['a.csv'])
      assert.equal(await readFile(path, 'utf8'), 'last night')
    })
  }

  it('fails with a DestinationError before its first byte where it can know', async (t) => {
    const parent = await folder(t)
    await writeFile(join(parent, 'file'), '')
    await mkdir(join(parent, 'folder'))
    for (const name of ['file/a.csv', 'folder']) {
      let asked = 0
      const never = new Readable({
        read() {
          asked += 1
        },
      })
      await assert.rejects(pipeline(never, toFile(join(parent, name))), { name: 'DestinationError' })
      assert.ok(asked <= 1)
    }
  })

  it('says what is misplaced, and refuses what can not be right', async (t) => {
    const parent = await folder(t)
    const grid = gridBytes([header('a')], [['1']])
    await assert.rejects(pipeline(Readable.from([grid]), parseRows(), toFile(join(parent, 'a'))), {
      name: 'QueryError',
      message: /^toFile takes bytes, not rows/,
    })
    for (const wrong of ['', 'a\0b', 7, undefined, new URL('https://example.org/a.csv'), `${parent}/`]) {
      assert.throws(() => toFile(wrong as string), { name: 'QueryError' })
    }
    assert.throws(() => toFile('a', { chunkSize: 0 }), { name: 'QueryError', message: /toFile: chunkSize/ })
    assert.throws(() => toFile('a', { append: true } as never), { name: 'QueryError' })
  })
})
