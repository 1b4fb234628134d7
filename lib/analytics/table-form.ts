import { gridOf, readWhole } from '../asking/collect.ts'
import type { Table } from '../columns/table.ts'
import { TableBuilder } from '../columns/table-builder.ts'
import { Dhis2ClientError } from '../errors.ts'
import { CuttingTaker } from '../grid/cutting-taker.ts'
import type { Header, Row } from '../grid/grid.ts'
import { GridReader } from '../grid/grid-reader.ts'
import { type Block, rowsOf } from '../kernel/block.ts'
import type { BlockForm } from '../kernel/cell-kernel.ts'
import { type ColumnTypes, typedHeaders } from '../rows/typed-headers.ts'
import { dxOf, type Form, type IsAsked } from './form.ts'

/** Answers as tables, with these types in place of what headers say. */
export function tableForm(types: ColumnTypes | undefined): Form<Table> {
  const builderFor = (headers: readonly Header[]) => new TableBuilder(typedHeaders('table', headers, types))
  return {
    ofBody(body, isAsked) {
      const taker = new TableTaker(builderFor, isAsked)
      const reader = new GridReader({ onHeaders: (headers) => taker.begin(headers) })
      return readWhole(
        body,
        reader,
        taker,
        () => undefined,
        () => {
          const { headers, metaData } = gridOf(reader.fields, [])
          const made = taker.builder!.table(metaData, body.request.url)
          return { made, isEmpty: taker.rowCount === 0 && headers.length > 0 }
        },
      )
    },
    async ofList(list) {
      let builder: TableBuilder | undefined
      try {
        for await (const row of list) {
          builder ??= builderFor(list.headers!)
          builder.addRow(row)
        }
        builder ??= builderFor(list.headers ?? [])
      } catch (error) {
        throw error instanceof Dhis2ClientError ? error.during(list.request) : error
      }
      return builder.table(list.metaData ?? {}, list.request.url)
    },
  }
}

/** Puts rows into a table, those of data items that nobody asked for aside. */
class TableTaker extends CuttingTaker<void> {
  protected form: BlockForm = { lasting: false }
  builder: TableBuilder | undefined
  readonly #builderFor: (headers: readonly Header[]) => TableBuilder
  readonly #isAsked: IsAsked | undefined
  #dx = -1

  constructor(builderFor: (headers: readonly Header[]) => TableBuilder, isAsked: IsAsked | undefined) {
    super()
    this.#builderFor = builderFor
    this.#isAsked = isAsked
  }

  begin(headers: readonly Header[]): void {
    this.builder = this.#builderFor(headers)
    if (this.#isAsked) this.#dx = dxOf(headers)
    if (this.#dx === -1) this.form = { lasting: false, numeric: this.builder.numeric }
  }

  protected override addBlock(block: Block): void {
    if (this.#dx === -1) this.builder!.addBlock(block)
    else for (const row of rowsOf(block)) this.addRow(row)
  }

  protected override addRow(row: Row): void {
    if (this.#dx === -1 || this.#isAsked!(row[this.#dx])) this.builder!.addRow(row)
  }

  override take(): void {}
}
