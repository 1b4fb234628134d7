/** All combinations of one of each list. */
export function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((rows, list) => rows.flatMap((row) => list.map((each) => [...row, each])), [[]])
}

/** What a server gives for operands: every data element with every option. */
export function crossed(ids: readonly string[]): string[] {
  const operands = ids.filter((id) => /^\w{11}\.\w{11}$/.test(id)).map((id) => id.split('.'))
  const all = product([0, 1].map((at) => [...new Set(operands.map((parts) => parts[at]!))]))
  return [
    ...ids.filter((id) => !/^\w{11}\.\w{11}$/.test(id)),
    ...(operands.length ? all : []).map((parts) => parts.join('.')),
  ]
}
