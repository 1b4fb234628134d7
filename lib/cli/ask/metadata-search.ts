import type { Dhis2Client } from '../../index.ts'
import { askedOf } from './json.ts'

/** A list of metadata, and what is typed to have one of it. */
export interface Kind {
  /** As in the URL. */
  readonly list: string
  readonly kind: string
  readonly type: (id: string) => string
}

export const kinds: readonly Kind[] = [
  { list: 'dataElements', kind: 'data element', type: (id) => `--dx ${id}` },
  { list: 'indicators', kind: 'indicator', type: (id) => `--dx ${id}` },
  { list: 'programIndicators', kind: 'program indicator', type: (id) => `--dx ${id}` },
  { list: 'dataSets', kind: 'data set', type: (id) => `--dx ${id}.REPORTING_RATE` },
  { list: 'programs', kind: 'program', type: (id) => `--endpoint events/query/${id}` },
  { list: 'organisationUnits', kind: 'org unit', type: (id) => `--ou ${id}` },
]

interface Thing {
  readonly id: string
  readonly displayName?: string
  readonly name?: string
  readonly code?: string
}

/** What was found of one kind, and how many more there are. */
export interface Found {
  readonly things: readonly Thing[]
  readonly more: number
}

const most = 20

/** Those whose name or code has the text in it, or whose id it is. */
export async function findIn(
  client: Dhis2Client,
  { list }: Kind,
  text: string,
  signal: AbortSignal,
): Promise<Found> {
  const said = await askedOf<{ pager?: { total?: number } } & Readonly<Record<string, readonly Thing[]>>>(
    client,
    `/api/${list}.json`,
    [
      ['filter', `name:ilike:${text}`],
      ['filter', `code:ilike:${text}`],
      ['filter', `id:eq:${text}`],
      ['rootJunction', 'OR'],
      ['fields', 'id,displayName,name,code'],
      ['pageSize', String(most)],
    ],
    signal,
  )
  const things = said[list] ?? []
  return { things, more: Math.max(0, (said.pager?.total ?? things.length) - things.length) }
}
