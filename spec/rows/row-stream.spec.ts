import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { Header, MetaData } from '../../lib/index.ts'
import { rowStage } from '../../lib/rows/row-stage.ts'
import { RowTransform } from '../../lib/rows/row-transform.ts'
import { type Gives, gives } from '../../lib/streams/gives.ts'

/** A stage that doubles each column. */
const doubling = () =>
  rowStage<unknown[]>('doubling', {}, ({ headers }) => ({
    headers: headers && [...headers, ...headers],
    step: (row) => [...(row as unknown[]), ...(row as unknown[])],
  }))

/** The start of a line: announces when told to. */
class Source extends RowTransform {
  readonly [gives]: Gives = 'rows'
  metaData: MetaData | undefined
  readonly rowCount = 0

  constructor() {
    super({ objectMode: true })
  }

  tell(headers: Header[]): this {
    this.metaData = { items: {} }
    this.announce(headers)
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
    const last = source.pipe(doubling()).pipe(doubling())
    const heard: unknown[] = []
    last.on('headers', (headers) => heard.push(headers))
    source.tell(a)
    source.end(['1'])
    assert.deepEqual(await last.toArray(), [['1', '1', '1', '1']])
    assert.deepEqual(heard, [[...a, ...a, ...a, ...a]])
    assert.deepEqual(last.metaData, { items: {} })
  })

  it('tells a stage that is piped in behind the announcement', () => {
    const late = new Source().tell(a).pipe(doubling())
    assert.deepEqual(late.headers, [...a, ...a])
  })

  it('forgets a stream that is unpiped before it knew its headers', () => {
    const source = new Source()
    const stage = source.pipe(doubling())
    source.unpipe(stage)
    source.tell(a)
    assert.equal(stage.headers, undefined)
    assert.equal(source.listenerCount('headers'), 0)
  })

  it('hears nothing of a stream that announces nothing', async () => {
    const stage = Readable.from([['1']]).pipe(doubling())
    assert.deepEqual(await stage.toArray(), [['1', '1']])
    assert.equal(stage.headers, undefined)
  })
})
