import type { Block } from '../kernel/block.ts'
import type { Codec } from './compression.ts'
import type { GridColumns } from './grid-columns.ts'
import { footer, magic, type ParquetField, rowGroup } from './parquet-footer.ts'
import { pagesOf } from './parquet-pages.ts'
import { parquetTypeOf } from './parquet-types.ts'
import { valuesOf } from './parquet-values.ts'
import { TextBuilder } from './text-builder.ts'
import type { ThriftValue } from './thrift.ts'
import { UntypedBuilder } from './untyped-builder.ts'

export interface ParquetWriterOptions {
  /** Of the columns in the file. */
  readonly names: readonly string[]
  readonly codec: Codec
  /** What the footer tells beside the columns. */
  readonly metadata: Readonly<Record<string, string>>
  readonly createdBy: string
}

/** Rows as the bytes of a Parquet file: a row group as often as its columns are full, and in the end what they are. */
export class ParquetWriter {
  readonly #columns: GridColumns
  readonly #options: ParquetWriterOptions
  readonly #groups: ThriftValue[] = []
  #fields: ParquetField[] | undefined
  #bytes: Buffer[] = [magic]
  #offset = magic.length

  /** `columnsOf` makes the columns, which call back when they are full. */
  constructor(columnsOf: (onFull: () => void) => GridColumns, options: ParquetWriterOptions) {
    this.#columns = columnsOf(() => this.#writeGroup())
    this.#options = options
  }

  /** For each column whether it takes the numbers of cells. */
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

  /** The bytes that were written since the last call. */
  take(): Buffer[] {
    const bytes = this.#bytes
    this.#bytes = []
    return bytes
  }

  /** Writes what is left, and the end. */
  end(): void {
    if (this.#columns.length > 0 || !this.#fields) this.#writeGroup()
    const { metadata, createdBy } = this.#options
    this.#bytes.push(footer(this.#fields!, this.#columns.rowCount, this.#groups, metadata, createdBy))
  }

  #writeGroup(): void {
    const { builders, length } = this.#columns
    const { codec, names } = this.#options
    const cells = builders.map((builder) => builder.take())
    this.#fields ??= cells.map((column, i) => ({
      name: names[i]!,
      type: parquetTypeOf(column),
    }))
    if (length === 0) return
    const chunks = cells.map((column, i) => {
      const values = valuesOf(column)
      const pages = pagesOf(values, length, codec)
      this.#bytes.push(...pages.bytes)
      this.#beginAnew(i, column.kind === 'text' && values.codes === undefined)
      const { count, range } = values
      return {
        field: this.#fields![i]!,
        pages,
        cellCount: length,
        nullCount: length - count,
        range,
        codec: codec.number,
      }
    })
    this.#groups.push(rowGroup(chunks, length, this.#offset))
    for (const { pages } of chunks) this.#offset += pages.length
  }

  /** Each row group has dictionaries of its own. Text that hardly repeats has none from now on. */
  #beginAnew(column: number, hardlyRepeats: boolean): void {
    const { builders } = this.#columns
    const builder = builders[column]!
    if (builder instanceof UntypedBuilder) builders[column] = builder.settled
    const settled = builders[column]!
    if (hardlyRepeats) this.#columns.keepPlain(column)
    else if (settled instanceof TextBuilder) settled.forget()
  }
}
