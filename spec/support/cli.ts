import { spawn as spawnChild } from 'node:child_process'
import { tmpdir } from 'node:os'
import { delimiter } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { stripVTControlCharacters } from 'node:util'
import pty from '@lydell/node-pty'
import { builtBin } from './built-bin.ts'
import { environment } from './run-script.ts'

/** How a command is run. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What is on standard input; default nothing. */
  readonly stdin?: string | Uint8Array
}

/** How it went. */
export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as it came. */
  readonly bytes: Buffer
}

/** Runs the built command line with its standard streams in pipes, to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  return (await startCli(args, options)).ended
}

/** Starts it, for a signal to be sent or a pipe to be closed. */
export async function startCli(
  args: readonly string[],
  { env, cwd = tmpdir(), stdin = '' }: CliOptions = {},
) {
  const { main } = await builtBin()
  const child = spawnChild(process.execPath, [main, ...args], { cwd, env: withHome(env) })
  child.stdin.on('error', () => undefined).end(stdin)
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const ended = Promise.all([
    closed,
    buffer(child.stdout).catch(() => Buffer.alloc(0)),
    text(child.stderr),
  ]).then(([code, bytes, stderr]): CliRun => ({ code, stdout: bytes.toString(), stderr, bytes }))
  return { child, ended }
}

/** Runs a line of a shell that finds the bin on its PATH. */
export async function shell(line: string, { env, cwd = tmpdir() }: CliOptions = {}): Promise<CliRun> {
  const { folder } = await builtBin()
  const PATH = `${folder}${delimiter}${process.env['PATH']}`
  const child = spawnChild('bash', ['-o', 'pipefail', '-c', line], { cwd, env: { ...withHome(env), PATH } })
  child.stdin.end()
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [code, bytes, stderr] = await Promise.all([closed, buffer(child.stdout), text(child.stderr)])
  return { code, stdout: bytes.toString(), stderr, bytes }
}

/** How large the terminal is. */
export interface TerminalOptions extends CliOptions {
  readonly columns?: number
  readonly rows?: number
  /** Told of all that came so far, with which it may do something to the process. */
  readonly onScreen?: (screen: string, terminal: pty.IPty) => void
}

/** Runs it on a terminal, to its end. `screen` is all that was ever written, without what steers the terminal. */
export async function onTerminal(
  args: readonly string[],
  { env, cwd = tmpdir(), columns = 80, rows = 24, onScreen }: TerminalOptions = {},
): Promise<{ code: number; screen: string; raw: string }> {
  const { main } = await builtBin()
  const own = { ...withHome(env), TERM: 'xterm-256color' }
  const terminal = pty.spawn(process.execPath, [main, ...args], { cols: columns, rows, cwd, env: own })
  let raw = ''
  terminal.onData((data) => {
    raw += data
    onScreen?.(raw, terminal)
  })
  const code = await new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  return { code, raw, screen: stripVTControlCharacters(raw).replaceAll('\r\n', '\n') }
}

/** Nobody's settings, profiles and colours but those of `env`. */
function withHome(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...ours } = environment()
  const home = { HOME: tmpdir(), XDG_CONFIG_HOME: `${tmpdir()}/no-config` }
  return Object.fromEntries(
    Object.entries({ ...ours, ...home, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
}
