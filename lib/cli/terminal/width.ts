import measure from 'fast-string-truncated-width'

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return measure(text).width
}

/** The text in no more columns than these, with `…` where something is missing. */
export function cut(text: string, width: number): string {
  const { index, ellipsed } = measure(text, { limit: width, ellipsis: '…', ellipsisWidth: 1 })
  return ellipsed ? `${text.slice(0, index)}…` : text.slice(0, index)
}

/** The text in exactly so many columns, cut or filled up with spaces. */
export function fitted(text: string, width: number, atRight: boolean): string {
  const short = cut(text, width)
  const room = ' '.repeat(Math.max(0, width - widthOf(short)))
  return atRight ? room + short : short + room
}
