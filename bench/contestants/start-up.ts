/** start-up: importing, and nothing else. Every process imports once: there is no warm-up. */
import { peakBytes, report } from './contest.ts'

const modules: Record<string, readonly string[]> = {
  ours: ['dhis2-analytics-stream'],
  'our dependencies': ['undici', 'zod', 'stream-json/core/parser.js', 'csv-stringify/sync'],
  'undici alone': ['undici'],
  'an empty module': ['data:text/javascript,'],
}

const { contestant } = JSON.parse(process.argv[2]!) as { contestant: string }
const start = performance.now()
for (const name of modules[contestant]!) await import(name)
report({ seconds: (performance.now() - start) / 1000, peakBytes: peakBytes() })
