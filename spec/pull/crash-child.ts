import { csvFiles } from '../../lib/index.ts'
import { runPull } from '../../lib/pull/run/run.ts'
import { quick, toyAt } from './toy.ts'

/** A run into a folder, in a process that may be killed: `crash-child.ts <url> <folder>`. Says a line for each event. */
const [url = '', into = ''] = process.argv.slice(2)
const toy = toyAt({ url })
for await (const { type } of runPull(toy.source, {
  into: csvFiles(into),
  pace: quick,
  concurrency: { start: 2 },
})) {
  process.stdout.write(`${type}\n`)
}
await toy[Symbol.asyncDispose]()
