import {
  type ElementRef,
  elementRef,
  type Reach,
  reachesOn,
  refsOf,
  samePeriod,
  together,
} from './expressions.ts'
import { expressionsOf, type Kind, rootsOf, type Thing, type Things } from './things.ts'

/** That a data item shows values of a data element. */
export interface Need extends ElementRef {
  readonly item: string
  readonly reach: Reach
}

/** Which values each data item shows, and which items show what no changed value tells of. */
export interface Needs {
  readonly needs: readonly Need[]
  /** By item: why a change of what it shows may go unseen. */
  readonly holes: Readonly<Record<string, string>>
}

/**
 * Which data elements stand behind data items: they themselves, operands, and indicators and expression items through
 * their formulas and the indicators in those. `aggregationType` is that of the question, where it has one.
 */
export function needsOf(items: readonly string[], things: Things, aggregationType?: string): Needs {
  const needs: Need[] = []
  const holes: Record<string, string> = {}
  const hole = (item: string, why: string) => {
    holes[item] ??= why
  }

  function ofElement(item: string, ref: ElementRef, reach: Reach): void {
    const element = things.dataElements?.[ref.element]
    if (!element) return hole(item, `there is no data element ${ref.element}`)
    if (element.fields['domainType'] === 'TRACKER') return hole(item, 'it counts events')
    const own = String(aggregationType ?? element.fields['aggregationType'] ?? '')
    needs.push({ ...ref, item, reach: together(reach, { ...samePeriod, everBefore: reachesOn(own) }) })
  }

  function ofFormula(item: string, kind: Kind, thing: Thing, reach: Reach, above: readonly string[]): void {
    for (const expression of expressionsOf(kind, thing)) {
      const { elements, others, opaque, reach: own } = refsOf(expression)
      const whole = together(reach, own)
      for (const ref of elements) ofElement(item, ref, whole)
      if (opaque.length) hole(item, `its formula has ${opaque[0]}`)
      for (const { kind: other, id } of others) {
        if (other === 'programIndicators') hole(item, 'its formula has a program indicator')
        const nested = other === 'indicators' ? things.indicators?.[id] : undefined
        if (nested && !above.includes(id)) ofFormula(item, other, nested, whole, [...above, id])
      }
    }
  }

  for (const item of items) {
    const [first = '', ...rest] = item.split('.')
    const formula = (['indicators', 'expressionDimensionItems'] as const).find(
      (kind) => things[kind]?.[first],
    )
    if (things.dataElements?.[first]) ofElement(item, elementRef([first, ...rest]), samePeriod)
    else if (formula) ofFormula(item, formula, things[formula]![first]!, samePeriod, [first])
    else hole(item, whyNot(item, things))
  }
  return { needs, holes }
}

function whyNot(item: string, things: Things): string {
  const [root] = rootsOf(item, things)
  if (root?.kind === 'programIndicators') return 'it is a program indicator'
  if (root?.kind === 'dataSets') return 'it is a reporting rate'
  return root ? 'it counts events' : 'it is not known'
}
