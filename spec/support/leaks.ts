import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

/** What this process holds right now: sockets, timers, and open files where the system tells. */
export function activeResources(): string[] {
  const active = process
    .getActiveResourcesInfo()
    .filter((kind) => /^(Timeout|TCPSocketWrap|TLSWrap)$/.test(kind))
  return [...active, ...openFiles()]
}

function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').map(() => 'file')
}

/** Waits until `condition` holds; what never comes fails. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 5000; waited += 5) {
    if (condition()) return
    // Unreferenced, so that it is not taken for a timer that was left behind.
    await sleep(5, undefined, { ref: false })
  }
  assert.fail(`never came true: ${what}`)
}

/** Whatever anybody could print of `value` holds none of the secrets: its message, stack, causes and hidden fields. */
export function assertNoSecrets(value: unknown, secrets: readonly string[]): void {
  const seen: string[] = [inspect(value, { depth: 12, showHidden: true }), JSON.stringify(value) ?? '']
  for (let error = value; error instanceof Error; error = error.cause) {
    seen.push(String(error), error.stack ?? '', JSON.stringify(error, Object.getOwnPropertyNames(error)))
  }
  for (const secret of secrets) {
    assert.ok(!seen.some((text) => text.includes(secret)), `a secret shows: ${secret.slice(0, 3)}…`)
  }
}

/** The warnings this process was given while `action` ran. */
export async function warningsOf(action: () => unknown): Promise<Error[]> {
  const warnings: Error[] = []
  const take = (warning: Error) => warnings.push(warning)
  process.on('warning', take)
  try {
    await action()
    // Warnings are emitted on the next tick.
    await sleep(0)
  } finally {
    process.off('warning', take)
  }
  return warnings
}
