import type { Place } from './place.ts'

/** Where org units stand, and stood. */
export interface Standing {
  /** From the top down, each followed by those below it. Another list after a move. */
  readonly all: readonly Place[]
  /** Gives an org unit another parent. @throws RangeError where that is the unit itself, or below it. */
  readonly move: (place: Place, parent: Place, at: number) => void
  /** When org units were moved, the last time each. */
  readonly movedAt: ReadonlyMap<Place, number>
  /** Copies of all as they stood before a time; undefined where they stand there still. */
  readonly before: (time: number) => ReadonlyMap<Place, Place> | undefined
}

/** `below` has the children of each. */
export function standing(top: Place, below: ReadonlyMap<Place, Place[]>): Standing {
  let all = stood(top, below)
  const movedAt = new Map<Place, number>()
  /** How all stood until a time, oldest first. */
  const past: { readonly until: number; readonly places: ReadonlyMap<Place, Place> }[] = []
  return {
    get all() {
      return all
    },
    movedAt,
    move(place, parent, at) {
      if (parent.ids.includes(place.id)) throw new RangeError(`${parent.id} is ${place.id}, or below it`)
      past.push({ until: at, places: new Map(all.map((each) => [each, { ...each }])) })
      for (const children of below.values()) {
        if (children.includes(place)) children.splice(children.indexOf(place), 1)
      }
      below.get(parent)!.push(place)
      movedAt.set(place, at)
      all = stood(top, below)
    },
    before: (time) => past.find(({ until }) => until >= time)?.places,
  }
}

/** Says of each place where it stands, and gives all of them in order. */
function stood(top: Place, below: ReadonlyMap<Place, readonly Place[]>): Place[] {
  const all: Place[] = []
  const walk = (place: Place, above?: Place) => {
    const path = [...(above?.path ?? []), place.name]
    const ids = [...(above?.ids ?? []), place.id]
    Object.assign(place, { level: ids.length, path, ids, at: all.length })
    all.push(place)
    for (const child of below.get(place)!) walk(child, place)
    Object.assign(place, { end: all.length })
  }
  walk(top)
  return all
}
