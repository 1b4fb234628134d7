import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { Header } from '../../lib/index.ts'
import { onUpstreamHeaders, RowTransform } from '../../lib/transforms/row-stream.ts'

/** A stage that doubles each column, as any stage of one's own may change what it announces. */
class Doubling extends RowTransform {
  constructor() {
    super({ objectMode: true })
    onUpstreamHeaders(this, (headers, metaData) => this.announce([...headers, ...headers], metaData))
  }

  override _transform(row: unknown[], _: BufferEncoding, done: (error: null, row: unknown[]) => void): void {
    done(null, [...row, ...row])
  }
}

/** The start of a line: announces when told to. */
class Source extends RowTransform {
  constructor() {
    super({ objectMode: true })
  }

  tell(headers: Header[]): this {
    this.announce(headers, { items: {} })
    return this
  }

  override _transform(row: unknown[], _: BufferEncoding, done: (error: null, row: unknown[]) => void): void {
    done(null, row)
  }
}

const a: Header[] = [{ name: 'a' }]

describe('the row stream protocol', () => {
  it('carries headers through stages, each changed by the one before', async () => {
    const source = new Source()
    const last = source.pipe(new Doubling()).pipe(new Doubling())
    const heard: unknown[] = []
    last.on('headers', (headers) => heard.push(headers))
    source.tell(a)
    source.end(['1'])
    assert.deepEqual(await last.toArray(), [['1', '1', '1', '1']])
    assert.deepEqual(heard, [[...a, ...a, ...a, ...a]])
    assert.deepEqual(last.metaData, { items: {} })
  })

  it('tells a stage that is piped in behind the announcement', () => {
    const late = new Source().tell(a).pipe(new Doubling())
    assert.deepEqual(late.headers, [...a, ...a])
  })

  it('forgets a stream that is unpiped before it knew its headers', () => {
    const source = new Source()
    const stage = source.pipe(new Doubling())
    source.unpipe(stage)
    source.tell(a)
    assert.equal(stage.headers, undefined)
    assert.equal(source.listenerCount('headers'), 0)
  })

  it('hears nothing of a stream that announces nothing', async () => {
    const stage = Readable.from([['1']]).pipe(new Doubling())
    assert.deepEqual(await stage.toArray(), [['1', '1']])
    assert.equal(stage.headers, undefined)
  })
})
