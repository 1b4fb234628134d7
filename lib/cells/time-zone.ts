const minuteMs = 60_000
const dayMs = 86_400_000

/** What a zone's clocks are ahead of UTC at a local time, as `+05:45`; the time is in milliseconds, as if it were UTC. */
export type Zone = (localMs: number) => string

/** Whether this is what a clock may be ahead of UTC: `+05:45`, up to 18 hours, as in Java. */
export function isOffset(text: string): boolean {
  const [, hours, minutes] = /^[+-](\d\d):(\d\d)$/.exec(text) ?? []
  return Number(minutes) < 60 && Number(hours) * 60 + Number(minutes) <= 18 * 60
}

/** `Z`, an offset, also as Java writes it (`GMT+05:45`), or a zone by its IANA name; undefined where it is none. */
export function zoneOf(name: string): Zone | undefined {
  if (name === 'Z') return () => name
  const offset = name.replace(/^(GMT|UTC|UT)(?=[+-]\d\d:)/, '')
  if (isOffset(offset)) return () => offset
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    return namedZone(name)
  } catch {
    return undefined
  }
}

/**
 * A time that summer time leaves out is the one that the clocks would have shown without it, and one that it repeats is
 * the first: what `java.time` makes of them. Nearly all days have one offset, so that it is looked up once a day, and
 * once a minute on the days around a change.
 */
function namedZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const days = new Map<number, string | undefined>()
  const minutes = new Map<number, string>()

  function minutesAt(ms: number): number {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
    const field = (type: string) => Number(parts[type])
    const date = new Date(0)
    const year = parts['era'] === 'BC' ? 1 - field('year') : field('year')
    date.setUTCFullYear(year, field('month') - 1, field('day'))
    date.setUTCHours(field('hour'), field('minute'), field('second'))
    return Math.round((date.getTime() - ms) / minuteMs)
  }

  function exactly(localMs: number): string {
    const before = minutesAt(localMs - dayMs)
    const after = minutesAt(localMs + dayMs)
    const isRight = (minutes: number) => minutesAt(localMs - minutes * minuteMs) === minutes
    return textOf(isRight(before) || !isRight(after) ? before : after)
  }

  return (localMs) => {
    const day = Math.floor(localMs / dayMs)
    if (!days.has(day)) {
      const [before, after] = [minutesAt((day - 1) * dayMs), minutesAt((day + 2) * dayMs)]
      days.set(day, before === after ? textOf(before) : undefined)
    }
    const ofDay = days.get(day)
    if (ofDay !== undefined) return ofDay
    const minute = Math.floor(localMs / minuteMs)
    const known = minutes.get(minute)
    if (known !== undefined) return known
    const made = exactly(localMs)
    minutes.set(minute, made)
    return made
  }
}

function textOf(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
