import type { Header, MetaData } from '../grid/grid.ts'
import type { Block } from '../kernel/block.ts'
import type { CodedCells, ValueCells } from './cells.ts'
import { GridColumns } from './grid-columns.ts'
import { Table, type TableColumn } from './table.ts'

/** How many rows are gathered before they are put aside. */
const chunkRows = 16_384

type Chunk = ValueCells | CodedCells

/** Gathers a table, in chunks, so that nothing has to be copied as it grows. */
export class TableBuilder {
  readonly #columns: GridColumns
  readonly #chunks: Chunk[][]

  constructor(headers: readonly Header[]) {
    this.#columns = new GridColumns(headers, chunkRows, () => this.#putAside())
    this.#chunks = headers.map(() => [])
  }

  /** For each column whether it takes numbers. */
  get numeric(): readonly boolean[] {
    return this.#columns.numeric
  }

  /** @throws RowError for a cell that does not fit its column */
  addBlock(block: Block): void {
    this.#columns.addBlock(block)
  }

  /** @throws RowError for a cell that does not fit its column */
  addRow(cells: readonly unknown[]): void {
    this.#columns.addRow(cells)
  }

  /** `url` is what was asked. Nothing can be added any more. */
  table(metaData: MetaData, url: string): Table {
    this.#putAside()
    const { builders, rowCount } = this.#columns
    const columns = builders.map(({ header }, i) => {
      const chunks = this.#chunks[i]!
      // Let go of, one column after the other, so that not all is there twice.
      this.#chunks[i] = []
      return wholeColumn(header, chunks, rowCount)
    })
    return new Table(columns, rowCount, metaData, url)
  }

  #putAside(): void {
    for (const [i, builder] of this.#columns.builders.entries()) {
      const cells = builder.take() as Chunk
      this.#chunks[i]!.push(
        cells.kind === 'text'
          ? { ...cells, codes: cells.codes.slice() }
          : { ...cells, values: cells.values.slice() },
      )
    }
  }
}

function wholeColumn(header: Header, chunks: readonly Chunk[], length: number): TableColumn {
  const last = chunks.at(-1)!
  if (last.kind === 'text') {
    const codes = joined(new Int32Array(length), chunks, (chunk) => (chunk as CodedCells).codes)
    return { kind: 'text', header, codes, dictionary: last.dictionary }
  }
  const valuesOf = (chunk: Chunk) => (chunk as ValueCells).values
  if (last.kind !== 'boolean')
    return { kind: last.kind, header, values: joined(new Float64Array(length), chunks, valuesOf) }
  const flags = (chunk: Chunk) =>
    Int8Array.from(valuesOf(chunk), (value) => (Number.isNaN(value) ? -1 : value))
  return { kind: 'boolean', header, values: joined(new Int8Array(length), chunks, flags) }
}

function joined<Values extends Float64Array | Int32Array | Int8Array>(
  whole: Values,
  chunks: readonly Chunk[],
  valuesOf: (chunk: Chunk) => ArrayLike<number>,
): Values {
  let at = 0
  for (const chunk of chunks) {
    const values = valuesOf(chunk)
    whole.set(values, at)
    at += values.length
  }
  return whole
}
