import { described } from './ending/described.ts'
import { interruption } from './ending/signals.ts'
import { tellFailure } from './ending/tell.ts'
import { takeWarnings } from './ending/warnings.ts'
import { parse } from './parse.ts'

/** Runs a command line to its end, and resolves to the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  takeWarnings()
  let readerLeft = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    readerLeft ||= error.code === 'EPIPE'
  })
  // Where nobody reads what is said there is nothing to say.
  process.stderr.on('error', () => undefined)
  const interrupted = interruption()
  try {
    return await parse(args, interrupted.signal)
  } catch (error) {
    if (interrupted.status !== undefined) return interrupted.status
    // `| head` has seen enough.
    if (readerLeft || (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return 0
    const told = described(error)
    tellFailure(told, args.includes('--json-errors'))
    return told.status
  }
}
