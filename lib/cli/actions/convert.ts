import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { countBytes, parseRows, type RowStream } from '../../index.ts'
import type { Context } from '../context.ts'
import { Failure, usage } from '../ending/failure.ts'
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
  } finally {
    progress.stop()
  }
}

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
  const { size } = await stat(file).catch((cause: Error) => {
    throw new Failure(
      'usage',
      `${file} can't be read: ${cause.message}`,
      'Name a grid that was saved as JSON.',
      cause,
    )
  })
  return { source: createReadStream(file, { highWaterMark: 256 * 1024 }), totalBytes: size }
}
