/** Text of others, so that it stays on its line and tells the terminal nothing. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\p{Bidi_Control}]/gu, '')
    .trim()
}
