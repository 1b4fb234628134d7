import { isSamePin, type Pin, type Sighting } from './pin.ts'

/** When a piece was answered, by the server's own clock, and how long that took. */
export interface PieceTimes {
  readonly answeredAt: string
  readonly endedAt: string
  readonly tookMs: number
}

/**
 * - `new`: of the newest tables that were seen
 * - `old`: of tables that have been replaced since
 * - `suspect`: answered while tables may have been replaced, in part from each or from what the server remembered
 */
export type Verdict = 'new' | 'old' | 'suspect'

/** How far apart the clocks of what answers may be, and how long a server may remember old answers behind a new pin. */
export const defaultAllowanceMs = 5_000

const hourMs = 3_600_000

/** Milliseconds in which tables may have been replaced. */
interface Window {
  readonly from: number
  readonly to: number
  /** Of the tables there were then. */
  readonly pin: Pin
}

/** From which tables pieces were answered, as far as what was seen of the server's pin tells. Pure. */
export interface Judge {
  /** How often tables were replaced, as far as was seen. */
  readonly replacedCount: number
  /** The pin of the newest tables. */
  readonly pin: Pin
  /**
   * Whether the server said that no job ran when it was last looked at. Where it does not tell, a job may have replaced some
   * tables by then and not have written its pin yet.
   */
  readonly isProven: boolean
  verdict(piece: PieceTimes): Verdict
  /** The pin of the tables that it was answered from; undefined for what is suspect. */
  pinOf(piece: PieceTimes): Pin | undefined
  /** From when on a piece that begins is of the newest tables: milliseconds of the server's clock. */
  readonly newFrom: number
}

/**
 * Judges by when the pin was *seen* to move, since what servers say of a job's length is wrong for minutes. Tables are
 * replaced after a job's start, which is what the pin says, and before the pin moves. A job that was seen running, and whose
 * pin did not move, may have replaced some and failed, or be the continuous one of a server that has no pin for it.
 *
 * `seen` is in its order, at least one, the last of them no older than the pieces that are judged: what has ended
 * behind it is suspect.
 */
export function judgeOf(seen: readonly Sighting[], allowanceMs = defaultAllowanceMs): Judge {
  const sightings = hasHidden(seen, allowanceMs)
    ? seen.map((sighting) => ({ ...sighting, isRunning: sighting.isRunning || undefined }))
    : seen
  const windows: Window[] = []
  /** When it was last certain that no job ran, and everything before belongs to a window that is known. */
  let idleAt = Number.NEGATIVE_INFINITY
  let before: Sighting | undefined
  for (const sighting of sightings) {
    const to = msOf(sighting.at)
    if (before) {
      const starts = newStarts(before.pin, sighting.pin)
      const unseen = before.isRunning === undefined ? Math.max(idleAt, unseenFrom(before, sighting)) : idleAt
      // A job that began before the last look is the only one that can have ended since.
      const from = starts.map((start) => (start <= msOf(before!.at) ? start : unseen))
      if (before.isRunning && sighting.isRunning === false && !starts.length) from.push(idleAt)
      if (from.length) windows.push({ from: Math.min(...from), to, pin: sighting.pin })
    }
    if (sighting.isRunning === false) idleAt = msOf(sighting.askedAt)
    before = sighting
  }
  const last = before!
  const lastWindow = windows.at(-1)
  const end =
    last.isRunning === true
      ? idleAt
      : msOf(last.isRunning === false ? last.askedAt : last.at) + 2 * allowanceMs
  const newFrom = (lastWindow?.to ?? Number.NEGATIVE_INFINITY) + allowanceMs
  const all = [...windows, { from: end, to: Number.POSITIVE_INFINITY, pin: last.pin }]

  return {
    replacedCount: windows.length,
    pin: last.pin,
    isProven: last.isRunning === false,
    newFrom,
    verdict(piece) {
      const { begun, ended } = spanOf(piece)
      const meets = ({ from, to }: Window) => ended >= from - allowanceMs && begun <= to + allowanceMs
      if (all.some(meets)) return 'suspect'
      return begun > newFrom ? 'new' : 'old'
    },
    pinOf(piece) {
      if (this.verdict(piece) === 'suspect') return undefined
      const { begun } = spanOf(piece)
      return windows.findLast(({ to }) => to < begun)?.pin ?? sightings[0]!.pin
    },
  }
}

function spanOf({ answeredAt, endedAt, tookMs }: PieceTimes): { begun: number; ended: number } {
  const ended = msOf(endedAt)
  return { ended, begun: Math.min(msOf(answeredAt), ended - tookMs) }
}

/** Whether a job ran while the server said that none did, as one of several in a cluster may say of the others' jobs. */
function hasHidden(seen: readonly Sighting[], allowanceMs: number): boolean {
  return seen.some((sighting, at) => {
    const before = seen[at - 1]
    if (before?.isRunning !== false) return false
    return newStarts(before.pin, sighting.pin).some((start) => start < msOf(before.askedAt) - allowanceMs)
  })
}

/**
 * Since when a job may have run by the time of a look, where the server does not tell, and another moved the pin behind it:
 * twice as long as jobs take there.
 */
function unseenFrom(before: Sighting, sighting: Sighting): number {
  const runtimes = [before.runtimeMs, sighting.runtimeMs].filter((ms) => ms !== undefined)
  return msOf(before.at) - 2 * (runtimes.length ? Math.max(...runtimes) : hourMs)
}

/** When the jobs began that have moved a pin. */
function newStarts(a: Pin, b: Pin): number[] {
  if (isSamePin(a, b)) return []
  const partition = b.partition === undefined ? Number.POSITIVE_INFINITY : msOf(b.partition)
  return [
    ...(a.tables === b.tables ? [] : [msOf(b.tables)]),
    ...(a.partition === b.partition ? [] : [partition]),
  ]
}

function msOf(time: string): number {
  return Date.parse(time)
}
