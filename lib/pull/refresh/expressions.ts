/** A data element in an expression; without a combo, all of them. */
export interface ElementRef {
  readonly element: string
  readonly optionCombo?: string | undefined
  readonly attributeCombo?: string | undefined
}

/** From which periods a value counts, beside the one it is asked for. */
export interface Reach {
  /** So many periods before, and after. */
  readonly before: number
  readonly after: number
  /** All of the year up to it. */
  readonly toDate: boolean
  /** All that come before: the newest value counts, or the oldest. */
  readonly everBefore: boolean
}

export const samePeriod: Reach = { before: 0, after: 0, toDate: false, everBefore: false }

/** What an expression of DHIS2 reads. */
export interface Refs {
  readonly elements: readonly ElementRef[]
  readonly reach: Reach
  /** Other things by their list in the API, such as `constants`. */
  readonly others: readonly { readonly kind: OtherKind; readonly id: string }[]
  /** What has no values of data elements behind it, or is not known: `R{…}`, `D{…}`. */
  readonly opaque: readonly string[]
}

export type OtherKind = 'constants' | 'indicators' | 'programIndicators' | 'organisationUnitGroups'

const kinds: Readonly<Record<string, OtherKind>> = {
  C: 'constants',
  N: 'indicators',
  I: 'programIndicators',
  OUG: 'organisationUnitGroups',
}

const uid = /^[A-Za-z][A-Za-z0-9]{10}$/

/** Whether a value of one period is what later ones show: aggregation types that take the newest or the oldest value. */
export function reachesOn(aggregationType: string): boolean {
  return /^(LAST|FIRST)/.test(aggregationType) && !aggregationType.includes('_IN_PERIOD')
}

/** What an expression reads, so much that nothing it reads is missed. */
export function refsOf(expression: string): Refs {
  const elements: ElementRef[] = []
  const others: { kind: OtherKind; id: string }[] = []
  const opaque: string[] = []
  for (const [text, letters = '', inner = ''] of expression.matchAll(/([A-Z]+|#)\{([^}]*)\}/g)) {
    const parts = inner.split('.').map((part) => part.trim())
    const kind = kinds[letters]
    if (letters === '#' && uid.test(parts[0]!)) elements.push(elementRef(parts))
    else if (kind && uid.test(inner.trim())) others.push({ kind, id: inner.trim() })
    else opaque.push(text)
  }
  const offsets = [...expression.matchAll(/periodOffset\(\s*([+-]?\d+)\s*\)/g)].map(([, n]) => Number(n))
  const types = [...expression.matchAll(/aggregationType\(\s*(\w+)\s*\)/g)].map(([, type]) => type!)
  return {
    elements,
    others,
    opaque,
    reach: {
      // One within the other they add up.
      before: -sum(offsets.filter((n) => n < 0)),
      after: sum(offsets.filter((n) => n > 0)),
      toDate: /yearToDate\(/.test(expression),
      everBefore: types.some(reachesOn),
    },
  }
}

/** The parts of an operand, `element.combo` or `element.combo.attribute`. What is no id stands for any. */
export function elementRef([element, combo, attribute]: readonly string[]): ElementRef {
  return {
    element: element!,
    ...(combo !== undefined && uid.test(combo) && { optionCombo: combo }),
    ...(attribute !== undefined && uid.test(attribute) && { attributeCombo: attribute }),
  }
}

/** Both. */
export function together(a: Reach, b: Reach): Reach {
  return {
    before: a.before + b.before,
    after: a.after + b.after,
    toDate: a.toDate || b.toDate,
    everBefore: a.everBefore || b.everBefore,
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0)
