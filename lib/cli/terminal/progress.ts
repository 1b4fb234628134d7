import yoctoSpinner from 'yocto-spinner'
import { bytesText, rowsText, timeText } from './figures.ts'
import { cut } from './width.ts'

/** How far it has come. */
export interface Counts {
  readonly rows?: number
  readonly bytes?: number
  /** How many bytes there will be, where that is known. */
  readonly totalBytes?: number | undefined
}

/** What a person sees of a run that takes its time; nothing in a pipe and with `--quiet`. */
export interface Progress {
  /** Where the figures are from now on. */
  counts(now: () => Counts): void
  /** Takes it from the screen, and says how it went. */
  done(text: string): void
  /** Takes it from the screen. */
  stop(): void
}

const intervalMs = 100

/** A person is there to see it: not where the screen is none, or belongs to a robot. */
function isWatched(quiet: boolean | undefined): boolean {
  return !quiet && process.stderr.isTTY && process.env['TERM'] !== 'dumb' && !('CI' in process.env)
}

export function progressOf(quiet: boolean | undefined, waitingFor = 'the server'): Progress {
  if (!isWatched(quiet)) return { counts: () => undefined, done: () => undefined, stop: () => undefined }
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  let now: () => Counts = () => ({})
  const line = () => cut(progressText(now(), seconds(), waitingFor), (process.stderr.columns || 80) - 3)
  // Signals are ours to hear.
  const spinner = yoctoSpinner({ text: line(), stream: process.stderr, handleSignals: false }).start()
  const timer = setInterval(() => {
    spinner.text = line()
  }, intervalMs)
  const stop = () => {
    clearInterval(timer)
    spinner.stop()
  }
  return {
    counts(from) {
      now = from
    },
    done(text) {
      if (!spinner.isSpinning) return
      clearInterval(timer)
      spinner.success(`${text}, ${timeText(seconds())}`)
    },
    stop,
  }
}

/** One line of it. */
export function progressText(
  { rows = 0, bytes = 0, totalBytes }: Counts,
  seconds: number,
  waitingFor: string,
): string {
  if (rows === 0 && bytes === 0) return `waiting for ${waitingFor}, ${timeText(seconds)}`
  const rate =
    rows > 0
      ? `${Math.round(rows / seconds).toLocaleString('en')} rows/s`
      : `${bytesText(Math.round(bytes / seconds))}/s`
  const figures = [
    ...(rows > 0 ? [rowsText(rows)] : []),
    ...(bytes > 0 ? [bytesText(bytes)] : []),
    rate,
    timeText(seconds),
  ].join(', ')
  if (!totalBytes) return figures
  const share = Math.min(1, bytes / totalBytes)
  const blocks = Math.round(share * 20)
  const left = share > 0 && share < 1 ? `, ${timeText((seconds * (1 - share)) / share)} left` : ''
  return `${'█'.repeat(blocks)}${'░'.repeat(20 - blocks)} ${Math.floor(share * 100)} %, ${figures}${left}`
}
