import { parentPort, workerData } from 'node:worker_threads'
import { FileSink } from '../../lib/sinks/file.ts'

/** Begins a file in a thread of its own, says so, and exits when it is told to. */
new FileSink(workerData, 1).write('x', () => parentPort!.postMessage('begun'))
parentPort!.once('message', () => process.exit(5))
