import type { AnalyticsQuery, Dhis2Client } from '../../index.ts'
import { usage } from '../ending/failure.ts'
import { askedOf } from './json.ts'

/** For the sake of the URL's length. */
const atOnce = 300

const uid = /^[A-Za-z][A-Za-z0-9]{10}$/
const dataItem = /^[A-Za-z][A-Za-z0-9]{10}(\.(REPORTING_RATE|ACTUAL_REPORTS|EXPECTED_REPORTS)\w*)?$/

/**
 * A server drops ids that it does not know in silence, as long as it knows one of them. So it is asked before, which takes
 * some milliseconds.
 *
 * @throws Failure that names them.
 */
export async function refuseUnknown(
  client: Dhis2Client,
  query: AnalyticsQuery,
  signal: AbortSignal,
): Promise<void> {
  // Under another scheme nothing is an id.
  const params = query.params as readonly (readonly [string, string])[]
  if (params.some(([name]) => name === 'inputIdScheme')) return
  const unknown = [
    ...(await unknownOf(query.dx, dataItem, (ids) => knownData(client, ids, signal))),
    ...(await unknownOf(query.ou, uid, (ids) => knownOrgUnits(client, ids, signal))),
  ]
  if (unknown.length === 0) return
  const [is, them] = unknown.length === 1 ? ['is', 'it'] : ['are', 'them']
  throw usage(
    `The server does not know ${unknown.join(', ')}, or you may not see ${them}; nothing was pulled`,
    `Leave ${them} out where ${them} ${is} gone, or look for what was meant: dhis2-analytics find "part of a name"`,
  )
}

async function unknownOf(
  items: AnalyticsQuery['dx'],
  pattern: RegExp,
  known: (ids: readonly string[]) => Promise<readonly string[]>,
): Promise<string[]> {
  const ids = [...new Set([items ?? []].flat().map((item) => item.trim()))].filter((item) =>
    pattern.test(item),
  )
  const unknown: string[] = []
  for (let at = 0; at < ids.length; at += atOnce) {
    const some = ids.slice(at, at + atOnce)
    const found = new Set(await known(some))
    unknown.push(...some.filter((id) => !found.has(id)))
  }
  return unknown
}

/** Which of the ids analytics know: no data is asked for, and none is looked up. */
async function knownData(
  client: Dhis2Client,
  dx: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { metaData } = await client.analytics.aggregate({ dx, pe: 'THIS_YEAR', skipData: true }, { signal })
    return metaData.dimensions?.['dx'] ?? []
  } catch (error) {
    // What it says where it knows none.
    if ((error as { errorCode?: string }).errorCode === 'E7124') return []
    throw error
  }
}

async function knownOrgUnits(
  client: Dhis2Client,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { organisationUnits = [] } = await askedOf<{ organisationUnits?: readonly { id: string }[] }>(
    client,
    '/api/organisationUnits.json',
    [
      ['filter', `id:in:[${ids.join(',')}]`],
      ['fields', 'id'],
      ['paging', 'false'],
    ],
    signal,
  )
  return organisationUnits.map(({ id }) => id)
}
