import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { Dhis2Client, type Dhis2ClientError } from '../../lib/index.ts'
import { rawServer } from '../support/raw-server.ts'
import { emptyDirectory } from '../support/run-script.ts'

const grid = '{"headers":[{"name":"dx"}],"rows":[["a"]],"height":1}'
const csv = 'dx,value\na,1\nb,2\n'
const bodies: Readonly<Record<string, string>> = {
  json: grid,
  csv,
  xml: '<?xml version="1.0"?><grid/>',
  html: '<html><p>a</p></html>',
}
const zstd = Buffer.from('28b52ffd0458490000612c310a', 'hex')
const xls = Buffer.from('d0cf11e0a1b11ae100000000', 'hex')
const xlsx = Buffer.from('PK\u0003\u0004\u0014\u0000', 'latin1')

/** A client, and a way to a file, of a server that sends these headers, as they are, and a body. */
async function connected(t: TestContext, headers: string, body: Buffer, status = 200) {
  const server = await rawServer((socket) => {
    socket.write(`HTTP/1.1 ${status} x\r\n${headers}content-length: ${body.length}\r\n\r\n`)
    socket.write(body)
  })
  const client = new Dhis2Client({ baseUrl: server.url, retry: false })
  t.after(async () => {
    await client.close()
    await server[Symbol.asyncDispose]()
  })
  const directory = await emptyDirectory(t)
  return {
    client,
    directory,
    async file(format: string): Promise<string> {
      const path = join(directory, `x.${format}`)
      await client.analytics.streamTo(path, { endpoint: `/api/analytics.${format}`, dx: 'a' } as never)
      return readFile(path, 'utf8')
    },
  }
}

describe('a body that went through several compressions', () => {
  const cases: [headers: string, body: Buffer][] = [
    ['content-encoding: gzip\r\ncontent-encoding: gzip\r\n', gzipSync(gzipSync(csv))],
    ['content-encoding: gzip, gzip\r\n', gzipSync(gzipSync(csv))],
    ['content-encoding: deflate\r\nContent-Encoding: gzip\r\n', gzipSync(deflateSync(csv))],
    ['content-encoding: br,gzip, deflate\r\n', deflateSync(gzipSync(brotliCompressSync(csv)))],
    ['content-encoding: identity\r\ncontent-encoding: gzip\r\n', gzipSync(csv)],
    ['content-encoding: gzip, identity\r\n', gzipSync(csv)],
    ['content-encoding: GZIP\r\ncontent-encoding: \r\n', gzipSync(csv)],
    ['content-encoding: identity, IDENTITY\r\n', Buffer.from(csv)],
    ['content-encoding: x-gzip, br\r\n', brotliCompressSync(gzipSync(csv))],
  ]
  for (const [headers, body] of cases) {
    it(`is data again: ${JSON.stringify(headers)}`, async (t) => {
      const { file } = await connected(t, headers, body)
      assert.equal(await file('csv'), csv)
    })

    it(`is told as the error it is: ${JSON.stringify(headers)}`, async (t) => {
      const { client } = await connected(t, headers, body, 404)
      await assert.rejects(client.analytics.aggregate({ dx: 'a' }), { httpStatus: 404, body: csv })
    })
  }

  it('of which one is unknown, or there are many, is refused', async (t) => {
    for (const [headers, message] of [
      ['content-encoding: gzip\r\ncontent-encoding: zstd\r\n', /encoded as "zstd"/],
      ['content-encoding: compress, gzip\r\n', /encoded as "compress"/],
      ['content-encoding: gzip, gzip, gzip, gzip\r\n', /encoded 4 times over/],
    ] as const) {
      const { client, file, directory } = await connected(t, headers, gzipSync(csv))
      const expected = { name: 'UnexpectedContentError', message }
      await assert.rejects(file('csv'), expected)
      await assert.rejects(client.analytics.aggregate({ dx: 'a' }), expected)
      assert.deepEqual(await readdir(directory), [])
      assert.equal((await client.system.info()).version, '2.43.1')
    }
  })

  it('that is cut, or less compressed than is said, is an error', async (t) => {
    const twice = gzipSync(gzipSync(csv))
    for (const body of [twice.subarray(0, -12), gzipSync(gzipSync(csv).subarray(0, -12)), gzipSync(csv)]) {
      const { file, directory } = await connected(t, 'content-encoding: gzip, gzip\r\n', body)
      await assert.rejects(file('csv'), (error: Dhis2ClientError) =>
        ['ERR_UNEXPECTED_CONTENT', 'ERR_TRUNCATED_RESPONSE'].includes(error.code),
      )
      assert.deepEqual(await readdir(directory), [])
    }
  })
})

describe('compressed bytes that are not told of', () => {
  const pack: Readonly<Record<string, (text: string | Buffer) => Buffer>> = {
    gzip: gzipSync,
    deflate: deflateSync,
    'fast deflate': (text) => deflateSync(text, { level: 1 }),
    zstd: () => zstd,
    xls: () => xls,
    ZIP: () => xlsx,
    brotli: brotliCompressSync,
    'raw deflate': deflateRawSync,
  }
  for (const [name, packed] of Object.entries(pack)) {
    for (const format of ['json', 'csv', 'xml', 'html']) {
      it(`are no ${format}: ${name}`, async (t) => {
        for (const length of [1, 500]) {
          const body = packed(Buffer.from(bodies[format]!.repeat(length)))
          const { client, file, directory } = await connected(t, '', body)
          const expected = { name: 'UnexpectedContentError', message: /Expected .*, found ".*/ }
          await assert.rejects(file(format), expected)
          const query = { endpoint: `/api/analytics.${format}`, dx: 'a' } as const
          await assert.rejects(client.analytics.stream(query).toArray(), expected)
          assert.deepEqual(await readdir(directory), [])
        }
      })
    }
  }

  it('say which they are', async (t) => {
    for (const [packed, words] of [
      [gzipSync(csv), /which is gzip that no Content-Encoding tells of/],
      [deflateSync(csv), /which is deflate that no Content-Encoding tells of/],
      [zstd, /which is zstd/],
      [xls, /which is an xls file/],
      [xlsx, /which is a ZIP file/],
    ] as const) {
      const { file } = await connected(t, '', packed)
      await assert.rejects(file('csv'), { message: words })
    }
  })

  it('are told inside a compression that is told of', async (t) => {
    for (const format of ['json', 'csv']) {
      const { file } = await connected(t, 'content-encoding: gzip\r\n', gzipSync(gzipSync(bodies[format]!)))
      await assert.rejects(file(format), { message: /gzip/ })
    }
  })

  it('are told where the transfer was said to be compressed', async (t) => {
    const packed = gzipSync(csv)
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 x\r\ntransfer-encoding: gzip, chunked\r\n\r\n')
      socket.write(`${packed.length.toString(16)}\r\n`)
      socket.write(packed)
      socket.write('\r\n0\r\n\r\n')
    })
    const client = new Dhis2Client({ baseUrl: server.url, retry: false })
    t.after(async () => {
      await client.close()
      await server[Symbol.asyncDispose]()
    })
    await assert.rejects(client.analytics.stream({ endpoint: '/api/analytics.csv', dx: 'a' }).toArray(), {
      name: 'UnexpectedContentError',
      message: /gzip/,
    })
  })
})

describe('a spreadsheet', () => {
  for (const format of ['xls', 'xlsx']) {
    it(`in place of ${format} is one, and nothing else is`, async (t) => {
      for (const body of [xls, xlsx]) {
        const { file } = await connected(t, '', body)
        assert.equal(await file(format), body.toString())
      }
      for (const body of [gzipSync(xlsx), Buffer.from(csv), Buffer.from('P'), zstd]) {
        const { file, directory } = await connected(t, '', body)
        await assert.rejects(file(format), { name: 'UnexpectedContentError' })
        assert.deepEqual(await readdir(directory), [])
      }
    })
  }
})

describe('text that only looks like something else', () => {
  it('is text', async (t) => {
    for (const text of [
      'x^2,y\n1,2\n',
      'PK,name\n1,2\n',
      'größe,x\n',
      'données élémentaires,x\n',
      '\ufeffdx,pe\n',
      '名前名前名前名前,x\n',
      'a\tb\fc\n',
      '\n',
    ]) {
      const { file } = await connected(t, '', Buffer.from(text))
      assert.equal(await file('csv'), text)
    }
  })
})

describe('two lengths', () => {
  it('are an error, also where they are the same', async (t) => {
    for (const second of [csv.length, 3]) {
      const { file } = await connected(t, `content-length: ${second}\r\n`, Buffer.from(csv))
      await assert.rejects(file('csv'), { name: 'ConnectionError' })
    }
  })
})
