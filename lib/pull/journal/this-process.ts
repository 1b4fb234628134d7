import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { DatasetHolder } from '../store.ts'

/** Which process holds something; by `start` it is told from a later one of the same number. */
export interface Holder {
  /** Of the hold: no two are the same. */
  readonly id: string
  readonly pid: number
  readonly host: string
  /** When the process began, in the system's own words; undefined where those can't be had. */
  readonly start?: string | undefined
  /** Since when it holds it: ISO, UTC. */
  readonly since: string
}

export function thisProcess(id: string): Holder {
  const { pid } = process
  return { id, pid, host: hostname(), start: startOf(pid), since: new Date().toISOString() }
}

/** Whether the process of a holder may still be there. Of another machine nobody can tell. */
export function mayBeAlive({ pid, host, start }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return start === undefined || now === undefined || start === now
}

export function seenHolder(holder: Holder, since: string): DatasetHolder {
  return { pid: holder.pid, host: holder.host, since, mayBeAlive: mayBeAlive(holder) }
}

function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return ofLinux(pid)
    if (process.platform === 'win32') return undefined
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

/** Ticks from the start of the system, and which start that was. */
function ofLinux(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may hold anything.
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(19)
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot} ${ticks}`
}
