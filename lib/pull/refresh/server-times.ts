/** How far a server's zone may be from UTC. */
export const zonesMs = 14 * 3_600_000

/** Whether a time as a server writes it may be then or later. Of one without a zone any may be meant; what is no time may be any. */
export function mayBeSince(time: string, sinceMs: number): boolean {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(time)
  const ms = Date.parse(hasZone ? time : `${time}Z`)
  return Number.isNaN(ms) || ms >= sinceMs - (hasZone ? 0 : zonesMs)
}
