import { type Readable, Transform, type TransformCallback } from 'node:stream'
import type { Header, MetaData, Row } from '../../index.ts'

interface Source extends Readable {
  readonly headers?: readonly Header[] | undefined
  readonly metaData?: MetaData | undefined
}

/**
 * Rows in, the JSON of a grid out, as DHIS2 writes it. Of a whole list, `isGrowing`, the metaData stands behind the rows, as
 * it grows until their end.
 */
export function toGridJson(isGrowing: boolean): Transform & { readonly rowCount: number } {
  return new GridJson(isGrowing)
}

/** How many characters are written at a time. */
const atOnce = 65_536

class GridJson extends Transform {
  rowCount = 0
  #source: Source | undefined
  #hasMetaData = false
  #text = ''

  readonly #isGrowing: boolean

  constructor(isGrowing: boolean) {
    super({ writableObjectMode: true })
    this.#isGrowing = isGrowing
    this.once('pipe', (source: Source) => {
      this.#source = source
    })
  }

  override _transform(row: Row, _: BufferEncoding, done: TransformCallback): void {
    this.#text += `${this.rowCount === 0 ? this.#beginning() : ','}${JSON.stringify(row)}`
    this.rowCount += 1
    if (this.#text.length < atOnce) return done()
    const text = this.#text
    this.#text = ''
    done(null, text)
  }

  override _flush(done: TransformCallback): void {
    const beginning = this.rowCount === 0 ? this.#beginning() : this.#text
    const { headers = [], metaData = {} } = this.#source ?? {}
    const rest = {
      ...(this.#hasMetaData ? {} : { metaData }),
      height: this.rowCount,
      width: this.rowCount === 0 ? 0 : headers.length,
      headerWidth: headers.length,
    }
    done(null, `${beginning}],${JSON.stringify(rest).slice(1)}\n`)
  }

  #beginning(): string {
    const { headers = [], metaData } = this.#source ?? {}
    this.#hasMetaData = metaData !== undefined && !this.#isGrowing
    const known = this.#hasMetaData ? `,"metaData":${JSON.stringify(metaData)}` : ''
    return `{"headers":${JSON.stringify(headers)}${known},"rows":[`
  }
}
