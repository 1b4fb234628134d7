/** What a page of a table has in it, rows or the pages below it, and how many bytes are in front of the places of those. */
export const pageKinds = {
  leaf: { flag: 0x0d, headerLength: 8 },
  interior: { flag: 0x05, headerLength: 12 },
} as const

interface PageParts {
  readonly kind: keyof typeof pageKinds
  /** One behind the other, as they come. */
  readonly cells: Buffer
  /** Where each of them begins. */
  readonly starts: readonly number[]
  /** The last page below it, of one that has pages below. */
  readonly last?: number
  /** How much of it is taken by something else, in front. */
  readonly offset?: number
}

/** A page of a table: its header, the places of its cells, and the cells at its end. */
export function pageOf(pageSize: number, { kind, cells, starts, last, offset = 0 }: PageParts): Buffer {
  const page = Buffer.alloc(pageSize)
  const shift = pageSize - cells.length
  const { flag, headerLength } = pageKinds[kind]
  page[offset] = flag
  page.writeUInt16BE(starts.length, offset + 3)
  // 65,536 is written as 0.
  page.writeUInt16BE(shift & 0xffff, offset + 5)
  if (last !== undefined) page.writeUInt32BE(last, offset + 8)
  let at = offset + headerLength
  for (const start of starts) at = page.writeUInt16BE(start + shift, at)
  page.set(cells, shift)
  return page
}
