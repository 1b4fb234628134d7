import { tellWarning } from './tell.ts'

/** What the package warns of is told in the words of a command line; what Node warns of is none of the user's business. */
export function takeWarnings(): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'Dhis2AnalyticsWarning') tellWarning(warning.message)
  })
}
