/**
 * What a running server does with lists that nobody would expect. Each is on by default; a switch that is off gives what
 * a client might wish for.
 */
export interface ListManners {
  /** Rows that tie in the order asked for, or in none, change places from one request to the next. */
  shufflesTies: boolean
  /** `paging=false` stops without a word: 2.43 at 5,001 events or enrollments, else at the largest page. */
  stopsUnpaged: boolean
  /** Orders by an id are refused, but for tracked entities by their own. */
  refusesOrders: boolean
  /** `pe` as a dimension makes `startDate`, `endDate` and all dates but its own ignored. */
  periodsWin: boolean
  /** Several periods in `pe` are one span, from the first day to the last. */
  joinsPeriods: boolean
  /** Events without any period are those of the last 12 months. */
  defaultsToLastYear: boolean
  /** Events of org units of two levels in one request are those of all days. */
  forgetsDates: boolean
  /** 2.43 answers 409 where enrollments are to be counted. */
  canNotCount: boolean
  /** Where no largest page is set, pages are of 0 rows. */
  emptiesPages: boolean
  /** Tracked entities without metaData come with one row too many. */
  leaksLookahead: boolean
}

export const realManners: ListManners = {
  shufflesTies: true,
  stopsUnpaged: true,
  refusesOrders: true,
  periodsWin: true,
  joinsPeriods: true,
  defaultsToLastYear: true,
  forgetsDates: true,
  canNotCount: true,
  emptiesPages: true,
  leaksLookahead: true,
}
