/** Around an item nobody means them: white space, control characters, marks that can't be seen such as a byte order mark. */
const unseen = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu

/** Text without what can't be seen at its edges. */
export function visible(text: string): string {
  return text.replace(unseen, '')
}

/** The items of text in which one of `separators` stands between them: what can be seen of each, each once. */
export function itemsIn(text: string, separators: RegExp): string[] {
  return [...new Set(text.split(separators).map(visible).filter(Boolean))]
}
