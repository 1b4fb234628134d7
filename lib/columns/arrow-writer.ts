import type { Header, MetaData } from '../grid/grid.ts'
import type { Block } from '../kernel/block.ts'
import { type ArrowField, batchMessage, dictionaryMessage, endMark, schemaMessage } from './arrow-messages.ts'
import { arrowTypeOf, listedItems, mostShortCodes } from './arrow-types.ts'
import { utf8Vector, vectorOf } from './arrow-vectors.ts'
import type { Cells } from './cells.ts'
import { GridColumns } from './grid-columns.ts'
import { TextBuilder } from './text-builder.ts'
import { UntypedBuilder } from './untyped-builder.ts'

/** A dictionary of more text than this is begun anew, in characters. */
const mostText = 4 * 1024 * 1024

export interface ArrowWriterOptions {
  /** How many rows are in a batch, at most. */
  readonly batchRows: number
  /** What the schema tells beside the columns. */
  readonly metadata: Readonly<Record<string, string>>
  /** How many items there are of each dimension. */
  readonly metaData: MetaData | undefined
}

/**
 * Rows as the messages of an Arrow stream. The schema is written with the first batch, as what a text column becomes is
 * seen from its cells. A dictionary that has grown is written anew as a whole, which all readers know, and begun anew
 * where it would be much larger than what its batch needs.
 */
export class ArrowWriter {
  readonly #options: ArrowWriterOptions
  readonly #columns: GridColumns
  #fields: ArrowField[] | undefined
  /** How many texts of each column's dictionary were written. */
  readonly #written: number[] = []
  #messages: Buffer[] = []

  constructor(headers: readonly Header[], options: ArrowWriterOptions) {
    this.#options = options
    this.#columns = new GridColumns(headers, options.batchRows, () => this.#writeBatch())
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

  /** The messages that were written since the last call. */
  take(): Buffer[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }

  /** Writes what is left, and the end. */
  end(): void {
    if (this.#columns.length > 0) this.#writeBatch()
    else if (!this.#fields) this.#writeSchema(this.#takeCells())
    this.#messages.push(endMark)
  }

  #writeBatch(): void {
    const { length } = this.#columns
    const cells = this.#takeCells()
    const fields = this.#fields ?? this.#writeSchema(cells)
    for (let i = 0; i < cells.length; i++) {
      const column = cells[i]!
      if (column.kind === 'text' && fields[i]!.type.name === 'codes')
        this.#writeDictionary(i, column.dictionary)
    }
    const vectors = cells.map((column, i) => vectorOf(column, fields[i]!.type))
    this.#messages.push(batchMessage(length, vectors))
    for (let i = 0; i < fields.length; i++) this.#endBatch(i, fields[i]!)
  }

  #takeCells(): Cells[] {
    return this.#columns.builders.map((builder) => builder.take())
  }

  #writeSchema(cells: readonly Cells[]): ArrowField[] {
    const { builders } = this.#columns
    const { metaData, metadata, batchRows } = this.#options
    const fields = cells.map((column, i): ArrowField => {
      const { name } = builders[i]!.header
      const type = arrowTypeOf(column, listedItems(metaData, name))
      const isTooWide = type.name === 'codes' && batchRows * 2 > mostShortCodes
      return { name, type: isTooWide ? { name: 'codes', bits: 32 } : type }
    })
    this.#fields = fields
    this.#messages.push(schemaMessage(fields, metadata))
    return fields
  }

  #writeDictionary(column: number, texts: readonly string[]): void {
    if (this.#written[column] === texts.length) return
    this.#messages.push(dictionaryMessage(column, utf8Vector(texts, false)))
  }

  /** Sees to it that what comes fits into the dictionary. */
  #endBatch(column: number, { type }: ArrowField): void {
    const { builders } = this.#columns
    const builder = builders[column]!
    if (builder instanceof UntypedBuilder) builders[column] = builder.settled
    const settled = builders[column]!
    if (!(settled instanceof TextBuilder)) return
    if (type.name !== 'codes') return this.#columns.keepPlain(column)
    const { textCount, textLength } = settled
    const { batchRows } = this.#options
    const hasGrown = this.#written[column] !== textCount
    const isFull = type.bits === 16 && textCount + batchRows > mostShortCodes
    this.#written[column] = textCount
    if (!isFull && textLength <= mostText && !(hasGrown && textCount * 4 > batchRows)) return
    settled.forget()
    this.#written[column] = -1
  }
}
