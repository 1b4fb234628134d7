/** The command as it was typed, for a shell. */
export function typedAgain(): string {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
  return ['dhis2-analytics', ...words].join(' ')
}
