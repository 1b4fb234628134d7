import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { GridFile, Task } from '../contestants/contest.ts'
import { compiled } from '../workshop.ts'

/** A stand-in of a country, in a process of its own, that lives as long as a scope. */
export interface CountryServer extends AsyncDisposable {
  readonly task: Pick<Task, 'grid' | 'origin' | 'token'>
  /** All of its plain data elements, and all org units of the last level. */
  readonly question: { readonly dx: readonly string[]; readonly ou: readonly string[] }
  /** Edits values of all data elements for a month, tells of which org units, and makes the analytics tables anew. */
  edit(month: string): Promise<NonNullable<Task['changed']>>
}

const uncounted: GridFile = { name: 'country', path: '', url: '', rows: -1, byteLength: 0, columns: [] }

export async function countryServer(options: object): Promise<CountryServer> {
  const child = spawn(process.execPath, [join(compiled, 'country-server.js'), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The country did not start')
    return JSON.parse(value as string)
  }
  const { origin, token, dx, ou } = await line()
  return {
    task: { grid: uncounted, origin, token },
    question: { dx, ou },
    edit(month) {
      child.stdin.write(`${month}\n`)
      return line()
    },
    [Symbol.asyncDispose]: async () => void child.kill(),
  }
}
