import measure from 'fast-string-truncated-width'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return measure(text).width
}

/** The text in no more columns than these, with `…` where something is missing. No character is cut in two. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    // All of it anew, as what stands beside each other may be one sign.
    if (widthOf(`${kept}${segment}`) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** The text in exactly so many columns, cut or filled up with spaces. */
export function fitted(text: string, width: number, atRight: boolean): string {
  const short = cut(text, width)
  const room = ' '.repeat(Math.max(0, width - widthOf(short)))
  return atRight ? room + short : short + room
}
