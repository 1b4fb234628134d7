import { styleText } from 'node:util'
import type { Described } from './described.ts'

const name = 'dhis2-analytics'

/** The two lines of a failure, or for scripts one line of JSON. */
export function tellFailure({ kind, status, message, remedy, details }: Described, asJson: boolean): void {
  process.stderr.write(
    asJson
      ? `${JSON.stringify({ kind, status, message, remedy, ...details })}\n`
      : `${styled('red', `${name}: ${message}`)}\n${remedy}\n`,
  )
}

/** What does not stop it, and should be known. */
export function tellWarning(message: string): void {
  process.stderr.write(`${styled('yellow', `${name}: warning: ${message}`)}\n`)
}

/** In colour on a terminal, unless NO_COLOR says otherwise. */
function styled(format: 'red' | 'yellow', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}
