import { Dhis2Client } from '../../lib/index.ts'
import { Ending } from '../../lib/sinks/process-end.ts'

/** Writes answers to files in a process that is told to end: `<url> <manner> <destination>…`. */
const [baseUrl = '', manner = '', ...destinations] = process.argv.slice(2)

/** Ends the process where it is the only one to listen, as packages do that clean up at the end. */
function endsAlone(): void {
  if (process.listenerCount('SIGTERM') > 1) return
  process.stdout.write('cleaned ')
  process.off('SIGTERM', endsAlone)
  process.kill(process.pid, 'SIGTERM')
}

const heard = () => process.stdout.write('heard ')
const manners: Record<string, () => void> = {
  'listens to nothing': () => undefined,
  'has the package twice': () => new Ending(() => process.stdout.write('cleaned ')).watch(),
  'exits by itself': () => process.on('SIGTERM', () => process.exit(3)),
  'ends only where nobody else listens': () => process.on('SIGTERM', endsAlone),
  'goes on': () => process.on('SIGTERM', heard),
  'goes on once': () => process.once('SIGTERM', heard),
  'calls exit': () => process.stdin.once('data', () => process.exit(4)),
  'dies of an exception': () =>
    process.stdin.once('data', () => {
      throw new Error('mine')
    }),
}
manners[manner]!()

const client = new Dhis2Client({ baseUrl, retry: false })
await Promise.all(destinations.map((to) => client.analytics.streamTo(to, { dx: 'a' }, { chunkSize: 4096 })))
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
process.stdout.write(`written, ${signals.map((signal) => process.listenerCount(signal))} listen`)
await client.close()
process.exit()
