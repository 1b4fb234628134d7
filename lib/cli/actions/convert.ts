import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { countBytes, parseRows, type RowStream } from '../../index.ts'
import type { Context } from '../context.ts'
import { Failure, type FailureKind, usage } from '../ending/failure.ts'
import type { CommonOptions } from '../options/command.ts'
import type { OutputOptions } from '../options/output.ts'
import { targetOf } from '../output/target.ts'
import { write } from '../output/write.ts'
import { preview } from '../terminal/preview.ts'
import { progressOf } from '../terminal/progress.ts'
import { typedAgain } from '../terminal/typed-again.ts'

export interface ConvertOptions extends CommonOptions, OutputOptions {}

/** `dhis2-analytics convert`. */
export async function convert(
  file: string | undefined,
  options: ConvertOptions,
  { signal }: Context,
): Promise<void> {
  const name = file === undefined || file === '-' ? 'rows' : basename(file, extname(file))
  const target = targetOf(options, process.stdout.isTTY, name)
  const { source, totalBytes } = await openGrid(file)
  const counter = countBytes()
  const rows = () => {
    // Of a parser that is aborted already nobody would hear.
    signal.throwIfAborted()
    const parser = parseRows({ signal })
    // Only the parser is in a pipeline, which tells its errors and ends it.
    source.on('error', (error: Error) => parser.destroy(error))
    parser.on('close', () => source.destroy())
    return source.pipe(counter).pipe(parser) as unknown as RowStream
  }
  const progress = progressOf(options.quiet, file ?? 'standard input')
  const measured = {
    counts: (now: () => object) =>
      progress.counts(() => ({ ...now(), bytes: counter.transferredBytes, totalBytes })),
  }
  try {
    if (target.kind === 'preview') {
      measured.counts(() => ({}))
      // What was behind standard input nobody knows.
      const typed = file === undefined ? `${typedAgain()} < saved-grid.json` : typedAgain()
      await preview(rows(), options, typed, () => progress.stop())
    } else {
      await write({ read: rows, isGrowing: false }, target, options, { ...progress, ...measured }, signal)
    }
  } catch (error) {
    throw ofGrid(error)
  } finally {
    progress.stop()
  }
}

/** What is no grid came from no server, which is what the package's error is told with. */
function ofGrid(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string }
  const kind = code === undefined ? undefined : kinds[code]
  return kind ? new Failure(kind, message, noGrid, error) : error
}

const kinds: Readonly<Record<string, FailureKind>> = {
  ERR_UNEXPECTED_CONTENT: 'data',
  ERR_GRID_FORMAT: 'data',
  ERR_TRUNCATED_RESPONSE: 'incomplete',
}

const noGrid = 'Give a grid that was saved as JSON, as of: dhis2-analytics pull … --format json'

async function openGrid(file: string | undefined) {
  if (file === undefined || file === '-') {
    if (process.stdin.isTTY) {
      throw usage(
        'There is no grid on standard input',
        'Name a file, or: dhis2-analytics convert < saved-grid.json',
      )
    }
    return { source: process.stdin, totalBytes: undefined }
  }
  const found = await stat(file).catch((cause: Error) => {
    throw new Failure('usage', `${file} can't be read: ${cause.message}`, noGrid, cause)
  })
  if (found.isDirectory()) throw usage(`${file} is a folder`, noGrid)
  return { source: createReadStream(file, { highWaterMark: 256 * 1024 }), totalBytes: found.size }
}
