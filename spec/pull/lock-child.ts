import { Lock } from '../../lib/pull/journal/lock.ts'

/** Tries for a lock at a given instant, says whether it got it, and holds it until it is killed or its input ends. */
const [path = '', at = '0'] = process.argv.slice(2)
await new Promise((resolve) => setTimeout(resolve, Number(at) - Date.now()))
try {
  const lock = await Lock.take(path)
  process.stdout.write('got it\n')
  process.stdin.resume().once('end', () => void lock.release())
} catch (error) {
  process.stdout.write(`${(error as Error).name} ${(error as { heldSince?: string }).heldSince}\n`)
}
