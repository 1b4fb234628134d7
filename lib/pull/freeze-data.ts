import { type Asker, refusedWith } from '../asking/asker.ts'
import { frozen } from '../asking/frozen.ts'
import { MetadataLists, type Thing } from '../asking/metadata-lists.ts'
import { QueryError } from '../errors.ts'
import type { MetaData } from '../grid/grid.ts'
import type { Pair } from '../query/dimension-text.ts'
import { elementsIn, factsOfFormula, formulasOf } from './freeze-formulas.ts'
import type { DataKind, FrozenData } from './frozen-question.ts'
import { isLastOrFirst } from './question.ts'

/** Data items as they are today, and what was found out on the way. */
export interface FrozenDx {
  readonly data: readonly FrozenData[]
  /** How many disaggregations they have together; undefined where the server does not tell. */
  readonly optionCombos: number | undefined
  readonly readsEvents: boolean
  /** Those that are known to count from a period. */
  readonly offsets: readonly string[]
  /** The types of periods that data elements are collected for, by their ids. */
  readonly periodTypes: ReadonlyMap<string, readonly string[]>
  readonly repeats: number
}

const kindOfType: Readonly<Record<string, DataKind>> = {
  DATA_ELEMENT: 'dataElement',
  DATA_ELEMENT_OPERAND: 'operand',
  INDICATOR: 'indicator',
  EXPRESSION_DIMENSION_ITEM: 'expression',
  REPORTING_RATE: 'reportingRate',
  PROGRAM_INDICATOR: 'programIndicator',
  PROGRAM_DATA_ELEMENT: 'programData',
  PROGRAM_ATTRIBUTE: 'programData',
  PROGRAM_DATA_ELEMENT_OPTION: 'programData',
  PROGRAM_ATTRIBUTE_OPTION: 'programData',
}

/** Value types that are added up. */
const numeric = /^(NUMBER|UNIT_INTERVAL|PERCENTAGE|INTEGER\w*|BOOLEAN|TRUE_ONLY)$/

/** Bytes of items that are asked for at once. */
const atOnce = 5000

/**
 * What items of `dx` stand for: groups as their members, each once, with what has to be known of each.
 *
 * @throws QueryError for those that were named and are not there, which the server drops in silence.
 */
export async function frozenData(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<FrozenDx> {
  const types = new Map<string, string>()
  const combos = new Set<string>()
  let [came, knowsCombos] = [0, true]
  for (const some of inParts(items)) {
    const metaData = await knownOf(asker, api, some, base)
    const ids = metaData.dimensions?.['dx'] ?? []
    came += ids.length
    for (const id of ids) types.set(id, String(metaData.items?.[id]?.['dimensionItemType'] ?? ''))
    const { co } = metaData.dimensions ?? {}
    knowsCombos &&= co !== undefined
    for (const id of co ?? []) combos.add(id)
  }
  refuseMissing(items, types)
  const ids = [...types.keys()]
  const ofKind = (kind: DataKind) => ids.filter((id) => kindOfType[types.get(id)!] === kind)
  const formulas = await formulasOf(asker, api, ofKind('indicator'), ofKind('expression'))
  const elements = await new MetadataLists(asker, api).byIds(
    'dataElements',
    'id,aggregationType,valueType,dataSetElements[dataSet[periodType]]',
    [...ofKind('dataElement'), ...ofKind('operand').map(elementOf), ...elementsIn(formulas)],
  )
  const [, asked = 'DEFAULT'] = base.find(([name]) => name === 'aggregationType') ?? []
  const own = asked.toUpperCase() === 'DEFAULT' ? undefined : asked.toUpperCase()
  let readsEvents = false
  const offsets: string[] = []
  const data = ids.map((id): FrozenData => {
    const kind = kindOfType[types.get(id)!] ?? 'other'
    if (kind === 'dataElement' || kind === 'operand') return ofElement(id, kind, elements, own)
    if (kind === 'programIndicator' || kind === 'programData') readsEvents = true
    if (kind !== 'indicator' && kind !== 'expression') return { id, kind }
    const facts = factsOfFormula(id, formulas, elements, isLastOrFirst(own))
    readsEvents ||= facts.readsEvents
    if (facts.addsYears && formulas.has(id)) offsets.push(id)
    return { id, kind, ...(facts.hasLast && { hasLast: true }), ...(facts.addsYears && { addsYears: true }) }
  })
  return {
    data,
    optionCombos: knowsCombos ? combos.size : undefined,
    readsEvents,
    offsets,
    periodTypes: new Map([...elements].map(([id, element]) => [id, periodTypesOf(element)])),
    repeats: came - ids.length,
  }
}

function ofElement(
  id: string,
  kind: 'dataElement' | 'operand',
  elements: ReadonlyMap<string, Thing>,
  own: string | undefined,
): FrozenData {
  const element = elements.get(elementOf(id))
  // Nothing is known of what can't be seen, and what is not known is not cut.
  if (!element) return { id, kind: 'other' }
  const aggregation = own ?? String(element['aggregationType'])
  return {
    id,
    kind,
    aggregation,
    ...(!numeric.test(String(element['valueType'])) && { isText: true }),
    ...(aggregation === 'AVERAGE' && { periodTypes: periodTypesOf(element) }),
  }
}

function periodTypesOf(element: Thing): string[] {
  const sets = (element['dataSetElements'] ?? []) as { dataSet?: { periodType?: string } }[]
  return [...new Set(sets.flatMap(({ dataSet }) => dataSet?.periodType ?? []))]
}

function elementOf(id: string): string {
  return id.split('.')[0]!
}

async function knownOf(
  asker: Asker,
  api: string,
  items: readonly string[],
  base: readonly Pair[],
): Promise<MetaData> {
  try {
    // As a filter, the period would be refused beside an indicator that counts from it.
    return await frozen(asker, api, base, [
      ['dimension', `dx:${items.join(';')}`],
      ['dimension', 'pe:THIS_YEAR'],
      ['includeMetadataDetails', 'true'],
    ])
  } catch (error) {
    if (!refusedWith(error, 'E7124', 'E7143')) throw error
    throw new QueryError(`plan: dx: the server knows none of ${items.join(', ')}`, { cause: error })
  }
}

function refuseMissing(items: readonly string[], known: ReadonlyMap<string, unknown>): void {
  const missing = items.filter(
    (item) => !/^(DE|IN)_GROUP-/.test(item) && !known.has(item.replace(/(\.\*)+$/, '')),
  )
  if (missing.length === 0) return
  throw new QueryError(`plan: dx: the server knows no ${missing.join(', ')}, and would drop it in silence`)
}

/** Items in lists that a URL has room for. */
function* inParts(items: readonly string[]): Generator<readonly string[]> {
  let [from, bytes] = [0, 0]
  for (const [at, item] of items.entries()) {
    bytes += item.length + 1
    if (bytes <= atOnce) continue
    yield items.slice(from, at)
    ;[from, bytes] = [at, item.length + 1]
  }
  yield items.slice(from)
}
