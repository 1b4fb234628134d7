/** How large what is written to is, where nobody says so too. */
export interface Screen {
  readonly columns: number
  readonly rows: number
}

/** That of standard output; 80 columns where it is none. */
export function screen(): Screen {
  const { columns = 0, rows = 0 } = process.stdout
  return { columns: columns || 80, rows: rows || 24 }
}
