import type { Header } from '../../grid/grid.ts'
import type { RowStream } from '../../rows/row-stream.ts'

/** Resolves to the headers of rows when they come, and has them come. From then on whoever takes the rows hears of errors. */
export async function headersOf(rows: RowStream): Promise<readonly Header[]> {
  rows.on('error', () => undefined)
  if (!rows.headers && !rows.destroyed) {
    await new Promise<void>((resolve) => {
      rows.once('close', resolve)
      rows.once('headers', () => resolve())
    })
  }
  if (rows.headers) return rows.headers
  throw rows.errored ?? new DOMException('The rows were given up', 'AbortError')
}
