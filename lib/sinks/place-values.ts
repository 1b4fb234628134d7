/** SQL with something in place of each `?` that stands for a value: not in names or texts. `at` counts from 0. */
export function placeValues(sql: string, valueAt: (at: number) => string): string {
  let at = 0
  return sql.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\?/g, (found) => (found === '?' ? valueAt(at++) : found))
}
