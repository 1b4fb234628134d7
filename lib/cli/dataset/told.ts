import type { PullReport } from '../../index.ts'
import { rowsText } from '../terminal/figures.ts'

/** What a run came to, in a line. */
export function summaryOf(name: string, report: PullReport, pulledCount: number, place: string): string {
  const { pieceCount, rowCount, refresh } = report
  const did = refresh && !refresh.isFull ? refreshed(refresh, pulledCount) : pulled(pulledCount, refresh)
  const there = `${rowsText(rowCount)} in ${counted(pieceCount)}, in ${place}`
  return [`${name}: ${did}`, there, ...notes(report)].join('; ')
}

function pulled(count: number, refresh: PullReport['refresh']): string {
  if (count === 0) return 'complete, nothing was to do'
  const why = Object.keys(refresh?.why ?? {})
  return `complete, ${counted(count)} pulled${why.length ? `, all of it, as ${why.join(', ')}` : ''}`
}

function refreshed(refresh: NonNullable<PullReport['refresh']>, count: number): string {
  const { why, addedCount, droppedCount, differences } = refresh
  const reasons = Object.entries(why).map(([reason, times]) => `${times} as ${reason}`)
  const parts = [
    ...(count > 0 ? [`${counted(count)} pulled${reasons.length ? ` (${reasons.join(', ')})` : ''}`] : []),
    ...(addedCount > 0 ? [`${addedCount} of them new`] : []),
    ...(droppedCount > 0 ? [`${counted(droppedCount)} dropped`] : []),
    ...(differences.length ? [`metadata differs: ${some(differences)}`] : []),
  ]
  return `refreshed, ${parts.join(', ') || 'nothing was to do'}`
}

/** What a person should know of data that is all there. */
function notes({ withoutRows, freshness }: PullReport): string[] {
  const notSettled = (freshness?.old.length ?? 0) + (freshness?.suspect.length ?? 0)
  return [
    ...(withoutRows.length ? [`no row of ${some(withoutRows)}`] : []),
    ...(notSettled > 0
      ? [`tables were replaced meanwhile: ${counted(notSettled)} are of others, which a refresh pulls again`]
      : []),
  ]
}

/** What is missing, in a line. */
export function missingOf({ setAside, pieceCount }: Pick<PullReport, 'setAside' | 'pieceCount'>): string {
  const missing = missingTexts(setAside, 2).join('; ')
  return `${setAside.length} of ${counted(pieceCount)} could not be had: ${missing}`
}

/** So many of the pieces that could not be had, and how many more there are. */
export function missingTexts(setAside: PullReport['setAside'], most: number): string[] {
  const first = setAside.slice(0, most).map(({ piece, covers, reason }) => {
    // The request, which --verbose tells.
    return `${coversText(covers) || piece}: ${reason.replace(/ \[[A-Z]+ \S*\]$/, '')}`
  })
  return setAside.length > most ? [...first, `and ${counted(setAside.length - most)} more`] : first
}

/** `dx fbfJHSPpUQD, pe 202401 … 202412, ou O6uvpzGd5pu`. */
function coversText(covers: unknown): string {
  return Object.entries((covers ?? {}) as Record<string, readonly string[]>)
    .map(([name, items]) => `${name} ${items.length > 2 ? `${items[0]} … ${items.at(-1)}` : items.join(' ')}`)
    .join(', ')
}

export function counted(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'piece' : 'pieces'}`
}

function some(texts: readonly string[]): string {
  const more = texts.length > 3 ? `, and ${texts.length - 3} more` : ''
  return `${texts.slice(0, 3).join(', ')}${more}`
}
