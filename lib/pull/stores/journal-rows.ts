import type { PieceId } from '../piece.ts'
import type { PieceEvent, PieceFacts } from '../store.ts'

export interface Numbered {
  readonly number: number
  readonly event: PieceEvent
}

type Row = Record<string, unknown>

/** What happened, in order, by the rows of pieces and those of what is about none of them. */
export function eventsIn(pieces: readonly Row[], others: readonly Row[]): Numbered[] {
  return [
    ...pieces.flatMap(eventsOf),
    ...staleEvents(pieces),
    ...others.map((row) => ({
      number: Number(row['number']),
      event: JSON.parse(String(row['event'])) as PieceEvent,
    })),
  ].sort((a, b) => a.number - b.number)
}

/**
 * A piece happened more than once: it came of others, was done, and may be noted to be stale since; and what became of it
 * last. What it was before it was done again tells nothing any more.
 */
function eventsOf(row: Row): Numbered[] {
  const piece = String(row['piece'])
  const json = (name: string) => JSON.parse(String(row[name]))
  const done = (number: number) => ({ number, event: { type: 'done', piece, facts: json('facts') } as const })
  const events: Numbered[] = []
  if (row['joined_number'] !== null) {
    const event = { type: 'join', pieces: json('joined_of'), into: piece } as const
    events.push({ number: Number(row['joined_number']), event })
  }
  if (row['stale_number'] !== null) events.push(done(Number(row['done_number'])))
  const number = Number(row['number'])
  switch (row['state']) {
    case 'done':
      events.push(done(number))
      break
    case 'split':
      events.push({ number, event: { type: 'split', piece, into: json('split_into') } })
      break
    case 'setAside': {
      const [reason, code] = [String(row['reason']), String(row['code'])]
      events.push({ number, event: { type: 'setAside', piece, reason, code } })
    }
  }
  return events
}

/** Those that were noted at once, as far as they are stale still. */
function staleEvents(rows: readonly Row[]): Numbered[] {
  const noted = new Map<number, Row[]>()
  for (const row of rows) {
    if (row['stale_number'] === null) continue
    const number = Number(row['stale_number'])
    noted.set(number, [...(noted.get(number) ?? []), row])
  }
  return Array.from(noted, ([number, stale]) => {
    const facts = stale.map((row) => JSON.parse(String(row['facts'])) as PieceFacts)
    return {
      number,
      event: {
        type: 'stale',
        pieces: stale.map((row): PieceId => String(row['piece'])),
        why: String(stale[0]!['stale_why']),
        rowCount: facts.reduce((sum, { rowCount }) => sum + rowCount, 0),
        byteCount: facts.reduce((sum, { byteCount }) => sum + byteCount, 0),
      } as const,
    }
  })
}
