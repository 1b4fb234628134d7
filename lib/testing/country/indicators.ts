import { randomFrom, uidsByRow } from '../random.ts'
import type { DataElement } from './elements.ts'
import { type Formula, formulaOf } from './formula.ts'

export interface Indicator {
  readonly id: string
  readonly name: string
  readonly numerator: string
  readonly denominator: string
  readonly annualized: boolean
  readonly factor: number
  readonly formulas: { readonly numerator: Formula; readonly denominator: Formula }
}

type Draft = readonly [
  name: string,
  numerator: string,
  denominator: string,
  factor?: number,
  annualized?: boolean,
]

export interface Indicators {
  readonly all: readonly Indicator[]
  readonly groups: readonly {
    readonly id: string
    readonly name: string
    readonly members: readonly Indicator[]
  }[]
}

/** So many indicators over data elements: one of each kind that splitting has to know, then ratios. */
export function indicatorsOf(seed: number, count: number, elements: readonly DataElement[]): Indicators {
  const idOf = uidsByRow(randomFrom(seed + 301))
  const groupId = uidsByRow(randomFrom(seed + 302))
  const element = (at: number) => elements[at % elements.length]!
  const [a, b, last, average] = [0, 1, 2, 3].map((at) => `#{${element(at).id}}`)
  const part = (at: number) => `#{${element(0).id}.${element(0).optionCombos.at(at)!.id}}`
  const drafts: Draft[] = [
    ['ratio', a!, b!, 100],
    ['part', part(0), a!, 100],
    ['annual', a!, '1', 1, true],
    ['change', `${a}-${a}.periodOffset(-1)`, '1'],
    ['year before', `${a}.periodOffset(-12)`, `${b}+C{Gfd3ppDfq8E}`, 10],
    ['year to date', `${a}.yearToDate()`, '1'],
    ['last', last!, b!, 100],
    ['mean', average!, '2'],
    ['sum in brackets', `(${a}+${part(-1)}).periodOffset(-1)*2`, '(3-1)'],
    ['last of a sum', `${a}.aggregationType(LAST)`, b!],
    ['last one before', `${last}.periodOffset(-1)`, '1'],
  ]
  const all = Array.from({ length: count }, (_, at): Indicator => {
    const [name, numerator, denominator, factor = 1, annualized = false] =
      drafts[at] ?? (['ratio', `#{${element(at).id}}`, `#{${element(at + 1).id}}`, 100] as const)
    return {
      id: idOf(at),
      name: `Indicator: ${name} ${at}`,
      numerator,
      denominator,
      annualized,
      factor,
      formulas: { numerator: formulaOf(numerator), denominator: formulaOf(denominator) },
    }
  })
  return {
    all,
    groups: [
      { id: groupId(0), name: 'Indicators', members: all.slice(0, 3) },
      { id: groupId(1), name: 'Other indicators', members: all.filter((_, at) => at % 2) },
    ],
  }
}
