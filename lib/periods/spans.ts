/** Days of the ISO calendar from `from` to `to`, both counted: `2024-01-01`, `2024-12-31`. */
export interface Span {
  readonly from: string
  readonly to: string
}

export const dayMs = 86_400_000

/** Whether this is a day as servers take it in `startDate`, and one that there is. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && dayOf(Date.parse(`${text}T00:00:00Z`)) === text
}

/** How many days a span has. */
export function dayCount({ from, to }: Span): number {
  return (msOf(to) - msOf(from)) / dayMs + 1
}

/** The same days as few spans, in their order: what overlaps or follows on is one. */
export function united(spans: readonly Span[]): Span[] {
  const ordered = spans.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const whole: Span[] = []
  for (const span of ordered) {
    const last = whole.at(-1)
    if (last && msOf(span.from) <= msOf(last.to) + dayMs) {
      if (span.to > last.to) whole[whole.length - 1] = { from: last.from, to: span.to }
    } else whole.push(span)
  }
  return whole
}

/** A span as so many spans of about the same length, at most one for each day. */
export function divided(span: Span, parts: number): Span[] {
  const days = dayCount(span)
  const count = Math.min(parts, days)
  const start = msOf(span.from)
  const edge = (part: number) => Math.floor((days * part) / count)
  return Array.from({ length: count }, (_, part) => ({
    from: dayOf(start + edge(part) * dayMs),
    to: dayOf(start + (edge(part + 1) - 1) * dayMs),
  }))
}

function msOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

/** The day that a time in UTC is part of; empty where it is none. */
export function dayOf(ms: number): string {
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, 10)
}
