import { pipeline } from 'node:stream/promises'
import { type RowStream, toFile } from '../../index.ts'
import { Failure } from '../ending/failure.ts'
import type { OutputOptions } from '../options/output.ts'
import { bytesText, rowsText } from '../terminal/figures.ts'
import type { Progress } from '../terminal/progress.ts'
import { openTable } from './database.ts'
import { writerOf } from './formats.ts'
import { asWanted } from './stages.ts'
import type { Target } from './target.ts'

/** What makes the rows, when everything that they go to is open. */
export interface Rows {
  read(): RowStream
  /** Whether their metaData grows until their end, as that of a whole list. */
  readonly isGrowing: boolean
}

type Bytes = Extract<Target, { kind: 'stdout' | 'file' }>

/** Writes rows where they are to go, all or nothing, and says how many. */
export async function write(
  rows: Rows,
  target: Exclude<Target, { kind: 'preview' }>,
  options: OutputOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (target.kind === 'table') return writeTable(rows, target, options, progress, signal)
  return writeBytes(rows, target, options, progress, signal)
}

async function writeBytes(
  rows: Rows,
  target: Bytes,
  options: OutputOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const writer = await writerOf(target.format as Exclude<Bytes['format'], 'raw'>, options, rows.isGrowing)
  progress.counts(() => ({ rows: writer.rowCount }))
  if (target.kind === 'stdout') {
    const wanted = asWanted(rows.read(), options)
    // Behind a generator a pipeline would end standard output, which it never does behind a stream.
    if (process.stdout.isTTY) {
      await pipeline(wanted, writer, aside(progress), process.stdout, { signal, end: false })
    } else await pipeline(wanted, writer, process.stdout, { signal })
    return progress.done(rowsText(writer.rowCount))
  }
  const file = toFile(target.path)
  progress.counts(() => ({ rows: writer.rowCount, bytes: file.byteCount }))
  await pipeline(asWanted(rows.read(), options), writer, file, { signal })
  progress.done(`${rowsText(writer.rowCount)}, ${bytesText(file.byteCount)}, in ${target.path}`)
}

/** On a terminal what comes is progress enough, and has no room beside it. */
function aside(progress: Progress) {
  return async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      progress.stop()
      yield chunk
    }
  }
}

async function writeTable(
  rows: Rows,
  target: Extract<Target, { kind: 'table' }>,
  options: OutputOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { sink, close } = await openTable(target, options)
  progress.counts(() => ({ rows: sink.rowCount }))
  try {
    await pipeline(asWanted(rows.read(), options), sink, { signal })
  } catch (error) {
    throw ofDatabase(error, target.dialect)
  } finally {
    await close()
  }
  const { inserted, updated, deleted, unchanged } = sink.counts
  progress.done(
    `${rowsText(sink.rowCount)} in ${target.table}: ${inserted} inserted, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged`,
  )
}

/** What a database says is no error of the package's, and no mistake of the program's. */
function ofDatabase(error: unknown, dialect: string): unknown {
  const { name, code, message } = error as NodeJS.ErrnoException
  if (name === 'AbortError' || error instanceof Failure || code?.startsWith('ERR_')) return error
  return new Failure('disk', `${dialect}: ${message}`, 'The table is as it was.', error)
}
