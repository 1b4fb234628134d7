import { grouped } from '../grouped.ts'

/** Where org units stand: their parents, and those above them. */
export interface Hierarchy {
  /** By id; empty for what has none. */
  readonly parents: ReadonlyMap<string, string>
  /** Itself and all above it, from below; only itself where it is not known. */
  aboveOf(orgUnit: string): readonly string[]
}

export function hierarchyOf(parents: ReadonlyMap<string, string>): Hierarchy {
  const known = new Map<string, readonly string[]>()
  function aboveOf(orgUnit: string): readonly string[] {
    const before = known.get(orgUnit)
    if (before) return before
    const parent = parents.get(orgUnit)
    // Below itself, as no server has it, it would have no top.
    known.set(orgUnit, [orgUnit])
    const above = parent ? [orgUnit, ...aboveOf(parent)] : [orgUnit]
    known.set(orgUnit, above)
    return above
  }
  return { parents, aboveOf }
}

/** From paths as servers give them: `/ImspTQPwCqd/O6uvpzGd5pu`. */
export function parentsOf(orgUnits: readonly { readonly path: string }[]): Map<string, string> {
  const parents = new Map<string, string>()
  for (const { path } of orgUnits) {
    const ids = path.split('/').filter(Boolean)
    for (const [at, id] of ids.entries()) parents.set(id, ids[at - 1] ?? '')
  }
  return parents
}

/** A hierarchy in one text, in one order: `A(B(C D) E)`, twelve bytes an org unit. */
export function treeText(parents: ReadonlyMap<string, string>): string {
  const children = grouped(parents.keys(), (id) => parents.get(id)!)
  const textOf = (parent: string): string =>
    (children.get(parent) ?? [])
      .toSorted()
      .map((id) => (children.has(id) ? `${id}(${textOf(id)})` : id))
      .join(' ')
  return textOf('')
}

export function parentsFrom(text: string): Map<string, string> {
  const parents = new Map<string, string>()
  const above = ['']
  let last = ''
  for (const [token] of text.matchAll(/[^() ]+|[()]/g)) {
    if (token === '(') above.push(last)
    else if (token === ')') above.pop()
    else {
      parents.set(token, above.at(-1)!)
      last = token
    }
  }
  return parents
}
