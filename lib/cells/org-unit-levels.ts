import { QueryError } from '../errors.ts'
import { isObject, type MetaData } from '../grid/grid.ts'

/** The names of an org unit's ancestors and its own, topmost first. */
export interface OrgUnitLevels {
  /** How many levels the deepest org unit has. */
  readonly depth: number
  of(orgUnit: string): readonly string[]
}

/**
 * The org-unit hierarchy that metaData tells: `ouHierarchy` (`hierarchyMeta=true`, paths of ancestors' ids), or else
 * `ouNameHierarchy` (`showHierarchy=true`, paths of names with the org unit's own). Both start at the topmost org unit
 * that the user has. An ancestor that was not asked for is not among the items: its name is in the path of names alone.
 *
 * @throws QueryError where there is neither.
 */
export function orgUnitLevels(metaData: MetaData, nameOf: (id: string) => string | undefined): OrgUnitLevels {
  const paths = metaData['ouHierarchy']
  const namePaths = metaData['ouNameHierarchy']
  const levels = new Map<string, string[]>()
  if (isObject(paths)) {
    for (const [id, path] of Object.entries(paths)) {
      const ids = [...split(path), id]
      const named = isObject(namePaths) ? splitNames(namePaths[id], nameOf(id)) : []
      // A name that holds a slash makes more parts than there are ids.
      const names = named.length === ids.length ? named : []
      levels.set(
        id,
        ids.map((each, i) => nameOf(each) ?? names[i] ?? each),
      )
    }
  } else if (isObject(namePaths)) {
    for (const [id, path] of Object.entries(namePaths)) levels.set(id, splitNames(path, nameOf(id)))
  } else {
    throw new QueryError(
      'labelCells: the answer has no org-unit hierarchy; ask for it with hierarchyMeta=true or showHierarchy=true',
    )
  }
  const none: string[] = []
  let depth = 0
  for (const { length } of levels.values()) depth = Math.max(depth, length)
  return {
    depth,
    of: (orgUnit) => levels.get(orgUnit) ?? none,
  }
}

/** The org unit's own name may hold a slash; an ancestor's can't be told from two. */
function splitNames(path: unknown, name: string | undefined): string[] {
  if (typeof path !== 'string' || name === undefined || !path.endsWith(`/${name}`)) return split(path)
  return [...split(path.slice(0, -name.length)), name]
}

function split(path: unknown): string[] {
  // Some servers say null of an org unit that has none above it.
  if (typeof path !== 'string') return []
  return path.split('/').filter((part) => part !== '')
}
