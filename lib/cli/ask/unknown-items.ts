import type { Dhis2Client } from '../../index.ts'
import { usage } from '../ending/failure.ts'
import type { QuestionOptions } from '../options/question.ts'
import { askedOf } from './json.ts'

/** For the sake of the URL's length. */
const atOnce = 300

const uid = /^[A-Za-z][A-Za-z0-9]{10}$/
/** What stands for others, whose ids are not known before. */
const group = /^((DE|IN)_GROUP|OU_GROUP|LEVEL)-/
const ofUser = /^USER_ORGUNIT(_GRANDCHILDREN|_CHILDREN)?$/

/** Those of which a server says nothing without data. */
const optionCombos = ['co', 'ao']

/**
 * A server drops items that it does not know in silence, as long as it knows one of them, and where it knows none it does
 * not say which. So it is asked before, which takes some milliseconds.
 *
 * @throws Failure that names them.
 */
export async function refuseUnknown(
  client: Dhis2Client,
  question: QuestionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { endpoint = 'analytics', param = [] } = question
  // Under another scheme nothing is an id.
  if (param.some((text) => text.startsWith('inputIdScheme='))) return
  const isAggregate = /(^|\/)(analytics|rawData)(\.\w+)?$/.test(endpoint)
  const unknown: string[] = []
  for (const [name, items] of itemsOf(question)) {
    if (name === 'ou') {
      const ids = items.filter((item) => uid.test(item))
      unknown.push(...(await missing(ids, (some) => knownOrgUnits(client, some, signal))))
      unknown.push(...items.filter((item) => !uid.test(item) && !group.test(item) && !ofUser.test(item)))
    } else if (name === 'dx' || (isAggregate && uid.test(name) && !optionCombos.includes(name))) {
      const plain = items.filter((item) => !group.test(item))
      unknown.push(...(await missing(plain, (some) => knownItems(client, name, some, signal))))
    }
    // Others ask for analytics that this user may not have a right to.
    if (!isAggregate) continue
    for (const item of items.filter((each) => group.test(each))) {
      if (!(await isKnown(client, name, item, signal))) unknown.push(item)
    }
  }
  if (unknown.length === 0) return
  const [is, them] = unknown.length === 1 ? ['is', 'it'] : ['are', 'them']
  throw usage(
    `The server does not know ${unknown.join(', ')}, or you may not see ${them}; nothing was pulled`,
    `Leave ${them} out where ${them} ${is} gone, or look for what was meant: dhis2-analytics find "part of a name"`,
  )
}

/** What is asked for of each dimension, wherever that is said. */
function itemsOf({
  dx,
  ou,
  dimension = [],
  filter = [],
  param = [],
}: QuestionOptions): Map<string, string[]> {
  const texts = [
    ...(dx ? [`dx:${dx.join(';')}`] : []),
    ...(ou ? [`ou:${ou.join(';')}`] : []),
    ...dimension,
    ...filter,
    ...param.flatMap((text) => /^(?:dimension|filter)=(.*)$/.exec(text)?.[1] ?? []),
  ]
  const all = new Map<string, string[]>()
  for (const text of texts) {
    const [name = '', ...rest] = text.split(':')
    const items = rest.join(':').split(';')
    const known = all.get(name) ?? []
    all.set(name, [...new Set([...known, ...items.map((item) => item.trim()).filter(Boolean)])])
  }
  return all
}

async function missing(
  items: readonly string[],
  known: (items: readonly string[]) => Promise<readonly string[]>,
): Promise<string[]> {
  const unknown: string[] = []
  for (let at = 0; at < items.length; at += atOnce) {
    const some = items.slice(at, at + atOnce)
    const found = new Set(await known(some))
    // The total of all disaggregations is the element itself.
    unknown.push(...some.filter((item) => !found.has(item.replace(/(\.\*)+$/, ''))))
  }
  return unknown
}

/** Which of the items analytics know: no data is asked for, and none is looked up. */
async function knownItems(
  client: Dhis2Client,
  name: string,
  items: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const dimension = { [name]: items }
    const query = { dimension, pe: 'THIS_YEAR', skipData: true }
    const { metaData } = await client.analytics.aggregate(query, { signal })
    return metaData.dimensions?.[name] ?? []
  } catch (error) {
    if (isOfNone(error)) return []
    throw error
  }
}

/** Whether analytics know what stands for others, which nobody needs to know here. */
async function isKnown(
  client: Dhis2Client,
  name: string,
  item: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const query = { dimension: { [name]: [item] }, pe: 'THIS_YEAR', skipData: true, skipMeta: true }
    await client.analytics.aggregate(query, { signal })
    return true
  } catch (error) {
    if (isOfNone(error)) return false
    throw error
  }
}

/** What a server says where it knows none of the items. */
function isOfNone(error: unknown): boolean {
  const { errorCode = '' } = error as { errorCode?: string }
  return ['E7124', 'E7143'].includes(errorCode)
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
