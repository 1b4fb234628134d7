import { Asker } from '../../asking/asker.ts'
import { MetadataLists } from '../../asking/metadata-lists.ts'
import { listedOrgUnits } from '../../asking/org-units.ts'
import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import { askThings } from './ask-things.ts'
import type { Axes } from './axes.ts'
import { type Fingerprint, fingerprintOf } from './fingerprint.ts'
import { type Hierarchy, hierarchyOf, parentsOf } from './hierarchy.ts'

/** What there is on a server around the data of a question, today. */
export interface Knowledge {
  readonly fingerprint: Fingerprint
  readonly hierarchy: Hierarchy
  readonly nameOf: (orgUnit: string) => string | undefined
  /** When org units were last edited, as the server writes it; undefined where it does not say. */
  readonly orgUnitsUpdated: string | undefined
}

interface Unit {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly lastUpdated?: string
}

/** Asks for it: a few requests for the metadata, and one for all org units with their names and paths. */
export async function askKnowledge(
  server: Server,
  call: CallOptions,
  signal: AbortSignal,
  axes: Axes,
): Promise<Knowledge> {
  const { api, dx, dimensions } = axes
  const asker = new Asker(server, call, signal)
  const things = await askThings(new MetadataLists(asker, api), { items: dx, dimensions })
  const units = await listedOrgUnits<Unit>(asker, api, 'id,name,path,lastUpdated')
  const names = new Map(units.map(({ id, name }) => [id, name]))
  const parents = parentsOf(units)
  return {
    fingerprint: fingerprintOf(things, parents),
    hierarchy: hierarchyOf(parents),
    nameOf: (orgUnit) => names.get(orgUnit),
    orgUnitsUpdated: units
      .flatMap(({ lastUpdated }) => lastUpdated ?? [])
      .reduce<string | undefined>((newest, time) => (newest && newest > time ? newest : time), undefined),
  }
}
