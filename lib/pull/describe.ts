import type { GroupSummary, PiecePlan } from './plan.ts'

/** A plan in words and numbers. */
export function described(plan: PiecePlan): string {
  const { groups, pieceCount, size, question } = plan
  const cells = groups.map((group) => group.cells)
  const longest = groups.reduce((most, { urlBytes }) => Math.max(most, urlBytes), 0)
  const total = cells.some((each) => each === undefined)
    ? 'nobody can tell how many rows'
    : `${shown(cells.reduce<number>((sum, each) => sum + each!, 0))} cells at most`
  return [
    `${question.endpoint}: ${counted(pieceCount, 'piece')}, ${total}`,
    `The longest URL has ${longest} bytes of path and query, of ${size.urlBytes} allowed.`,
    ...groups.flatMap(ofGroup),
    ...(question.notes.length ? ['As of today:', ...question.notes.map((note) => `  ${note}`)] : []),
    '',
  ].join('\n')
}

function ofGroup({ group, why, pieces, cells, axes, whole }: GroupSummary): string[] {
  const parts = Object.entries(axes).map(([name, { items, blocks }]) => {
    const cut = blocks === 1 ? 'in one' : `in ${shown(blocks)} blocks`
    return `${name} ${shown(items)} ${cut}`
  })
  const rows = cells === undefined ? '' : `, ${shown(cells)} cells`
  return [
    `${group}: ${counted(pieces, 'piece')}${rows} (${parts.join(', ')})`,
    `  ${why}${whole?.length ? `: ${whole.join(', ')}` : ''}`,
  ]
}

function counted(count: number, what: string): string {
  return `${shown(count)} ${what}${count === 1 ? '' : 's'}`
}

function shown(number: number): string {
  return number.toLocaleString('en')
}
