import { type Readable, Transform, type TransformCallback } from 'node:stream'
import type { Header, MetaData, Row } from '../../index.ts'

interface Source extends Readable {
  readonly headers?: readonly Header[] | undefined
  readonly metaData?: MetaData | undefined
}

/** Rows in, the JSON of a grid out, as DHIS2 writes it but for the order of its keys: what is known last stands last. */
export function toGridJson(): Transform & { readonly rowCount: number } {
  return new GridJson()
}

class GridJson extends Transform {
  rowCount = 0
  #source: Source | undefined

  constructor() {
    super({ writableObjectMode: true })
    this.once('pipe', (source: Source) => {
      this.#source = source
    })
  }

  override _transform(row: Row, _: BufferEncoding, done: TransformCallback): void {
    const before = this.rowCount === 0 ? this.#beginning() : ','
    this.rowCount += 1
    done(null, before + JSON.stringify(row))
  }

  override _flush(done: TransformCallback): void {
    const { headers = [], metaData = {} } = this.#source ?? {}
    const beginning = this.rowCount === 0 ? this.#beginning() : ''
    const width = this.rowCount === 0 ? 0 : headers.length
    const rest = { metaData, height: this.rowCount, width, headerWidth: headers.length }
    done(null, `${beginning}],${JSON.stringify(rest).slice(1)}\n`)
  }

  #beginning(): string {
    return `{"headers":${JSON.stringify(this.#source?.headers ?? [])},"rows":[`
  }
}
