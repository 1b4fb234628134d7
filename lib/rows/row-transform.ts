import { Duplex, type Readable, type TransformCallback } from 'node:stream'
import { QueryError } from '../errors.ts'
import type { Header, MetaData } from '../grid/grid.ts'
import { type Gives, gives } from '../streams/gives.ts'
import { chain } from './chain.ts'
import type { Rows, Through } from './row-stream.ts'
import { Stage } from './stage.ts'

/** A transform whose output is a row stream. */
export abstract class RowTransform<T = unknown> extends Stage implements Rows<T> {
  headers: readonly Header[] | undefined
  abstract readonly metaData: MetaData | undefined
  abstract readonly rowCount: number
  readonly through = throughFrom<T>(this)

  protected announce(headers: readonly Header[]): void {
    this.headers = headers
    this.emit('headers', headers)
  }
}

/** The `through` of a row stream. */
export function throughFrom<T>(source: Readable): Through<T> {
  const through = (...stages: (Duplex | AsyncGeneratorFunction)[]) => {
    if (stages.length === 0) throw new QueryError('through: name at least one stage')
    const all = stages.map(stageOf)
    const last = all.at(-1)!
    const isForeign = !(gives in last) && last.readableObjectMode
    return isForeign ? chain(source, ...all, new Passing()) : chain(source, ...all.slice(0, -1), last)
  }
  return through as unknown as Through<T>
}

function stageOf(stage: Duplex | AsyncGeneratorFunction): Duplex {
  if (typeof stage === 'function') return Duplex.from(stage)
  if (typeof stage?.write !== 'function' || typeof stage.read !== 'function') {
    throw new QueryError(
      'through: stages are transforms and async generators; a sink belongs at the end of a pipeline',
    )
  }
  // One that has failed tells of it itself.
  if (stage.errored || (!stage.destroyed && !stage.writableEnded)) return stage
  throw new QueryError('through: one of the stages has ended already; make another for each chain')
}

/** Rows as they come, behind a stream that is not ours and tells nothing of them: with the headers given, if any. */
export class Passing extends RowTransform {
  readonly [gives]: Gives = 'rows'
  readonly metaData: MetaData | undefined
  rowCount = 0
  #toAnnounce: readonly Header[] | undefined

  constructor(headers?: readonly Header[], metaData?: MetaData) {
    super({ objectMode: true })
    this.headers = headers
    this.#toAnnounce = headers
    this.metaData = metaData
  }

  override _read(size: number): void {
    const headers = this.#toAnnounce
    this.#toAnnounce = undefined
    if (headers) this.announce(headers)
    super._read(size)
  }

  override _transform(row: unknown, _: BufferEncoding, done: TransformCallback): void {
    this.rowCount += 1
    done(null, row)
  }
}
