import { described } from './ending/described.ts'
import { interruption } from './ending/signals.ts'
import { tellFailure } from './ending/tell.ts'
import { takeWarnings } from './ending/warnings.ts'
import { parse } from './parse.ts'

/** Runs a command line to its end, and resolves to the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  takeWarnings()
  const written = watchOutput()
  // Where nobody reads what is said there is nothing to say.
  process.stderr.on('error', () => undefined)
  const interrupted = interruption()
  try {
    const status = await parse(args, interrupted.signal)
    await written()
    return status
  } catch (error) {
    if (interrupted.status !== undefined) return interrupted.status
    // `| head` has seen enough.
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return 0
    const told = described(error)
    tellFailure(told, args.includes('--json-errors'))
    return told.status
  }
}

/** What waits until all that was written to standard output is there, and fails where it could not be. */
function watchOutput(): () => Promise<void> {
  let failure: Error | undefined
  process.stdout.on('error', (error) => {
    failure ??= error
  })
  return async () => {
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
    if (failure) throw failure
  }
}
