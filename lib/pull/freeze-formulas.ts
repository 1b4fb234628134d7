import type { Asker } from '../asking/asker.ts'
import { MetadataLists, type Thing } from '../asking/metadata-lists.ts'
import { isLastOrFirst } from './question.ts'

/** What is known of a formula, as far as it matters to how it may be cut. */
export interface FormulaFacts {
  readonly hasLast: boolean
  readonly addsYears: boolean
  readonly readsEvents: boolean
}

/** Formulas by their ids: the text of each, numerator and denominator in one. */
export type Formulas = ReadonlyMap<string, string>

/** The formulas of indicators and of expression items; what can't be seen is left out. */
export async function formulasOf(
  asker: Asker,
  api: string,
  indicators: readonly string[],
  expressions: readonly string[],
): Promise<Formulas> {
  const lists = new MetadataLists(asker, api)
  const formulas = new Map<string, string>()
  let wanted = [...indicators]
  // Indicators may be made of indicators.
  while (wanted.length) {
    const found = await lists.byIds('indicators', 'id,numerator,denominator', wanted)
    for (const [id, { numerator, denominator }] of found) formulas.set(id, `(${numerator})/(${denominator})`)
    wanted = [...found.keys()]
      .flatMap((id) => idsIn(formulas.get(id)!, 'N'))
      .filter((id) => !formulas.has(id))
  }
  const items = await lists.byIds('expressionDimensionItems', 'id,expression', expressions)
  for (const [id, { expression }] of items) formulas.set(id, String(expression))
  return formulas
}

/** The data elements that formulas are made of. */
export function elementsIn(formulas: Formulas): string[] {
  return [...formulas.values()].flatMap((text) => idsIn(text, '#'))
}

/**
 * The facts of one. Whatever can't be seen of it may be a LAST with an offset: then it is cut as one.
 *
 * `elements` are the data elements that there are, `isLast` whether the question makes all of them LAST or FIRST.
 */
export function factsOfFormula(
  id: string,
  formulas: Formulas,
  elements: ReadonlyMap<string, Thing>,
  isLast: boolean,
): FormulaFacts {
  const text = formulas.get(id)
  if (text === undefined) return { hasLast: true, addsYears: true, readsEvents: true }
  const parts = idsIn(text, 'N').map((inner) =>
    factsOfFormula(inner, withoutLoop(formulas, id), elements, isLast),
  )
  const some = (fact: keyof FormulaFacts) => parts.some((part) => part[fact])
  const operands = idsIn(text, '#')
  return {
    hasLast:
      some('hasLast') ||
      /aggregationType\(\s*(LAST|FIRST)(?!_IN_PERIOD)/.test(text) ||
      (isLast && operands.length > 0) ||
      operands.some((each) => isLastOrFirst(String(elements.get(each)?.['aggregationType'] ?? 'LAST'))),
    addsYears: some('addsYears') || /\.(periodOffset|yearToDate)\(/.test(text),
    readsEvents: some('readsEvents') || /\b[IDA]\{/.test(text),
  }
}

/** An indicator that is made of itself has no value, and is not followed. */
function withoutLoop(formulas: Formulas, id: string): Formulas {
  return new Map([...formulas].filter(([each]) => each !== id))
}

/** The ids that stand first in `#{…}` or the like; whatever else stands there is no id, and comes as it is. */
function idsIn(text: string, sign: string): string[] {
  const inside = new RegExp(`${sign === '#' ? '#' : `\\b${sign}`}\\{([^}]*)\\}`, 'g')
  return [...text.matchAll(inside)].map(([, content]) => content!.split('.')[0]!.trim())
}
