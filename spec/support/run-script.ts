import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** How a script went. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Where it runs. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** Node's arguments that run a TypeScript file from any directory as `node --import tsx` does from the root. */
export const nodeArguments = ['--import', import.meta.resolve('tsx')]

/** The environment of a user who has set nothing but `env`. */
export function environment(env: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const ours = Object.entries(process.env).filter(([name]) => !/^(DHIS2_|NODE_TEST_CONTEXT$)/.test(name))
  return { ...Object.fromEntries(ours), TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'), ...env }
}

/** Runs a script of the project in a process of its own, to its end. */
export function runScript(path: string, { cwd, env, args = [] }: RunOptions): Promise<Run> {
  return run(process.execPath, [...nodeArguments, join(root, path), ...args], cwd, environment(env))
}

/** Runs a program, to its end. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string | undefined>,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk) => stdout.push(chunk))
    child.stderr.on('data', (chunk) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    })
  })
}

/** An empty directory that goes with the test. */
export async function emptyDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'example-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** The files below a directory, by their paths in it, in order. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort()
}
