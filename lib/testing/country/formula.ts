/** What a formula asks for: the value of a data element, and when. */
export interface Operand {
  /** Of a data element, and of one of its disaggregations. */
  readonly element: string
  readonly combo: string | undefined
  /** So many periods later than the one asked for; 0 where it is that. */
  readonly offset: number
  /** The sum of all periods of the year up to the one asked for. */
  readonly isYearToDate: boolean
  /** In place of the element's own. */
  readonly aggregationType: string | undefined
}

export interface Formula {
  readonly operands: readonly Operand[]
  /** Its value; undefined where none of what it needs has one. What is missing otherwise counts as 0. */
  readonly valueOf: (of: (operand: Operand) => number | undefined) => number | undefined
}

type Part = (of: (operand: Operand) => number) => number
type Modifiers = Pick<Operand, 'offset' | 'isYearToDate' | 'aggregationType'>

const none: Modifiers = { offset: 0, isYearToDate: false, aggregationType: undefined }

/** `C{…}`: the constants of the country. */
export const constants: Readonly<Record<string, number>> = { Gfd3ppDfq8E: 12, bCqvfPR02Im: 0.5 }

/**
 * A formula of an indicator: numbers, `+ - * / ( )`, `#{element}`, `#{element.combo}` and `C{constant}`, each of them and
 * what stands in brackets with `.periodOffset(-1)`, `.yearToDate()` or `.aggregationType(LAST)` behind it.
 */
export function formulaOf(text: string): Formula {
  const tokens = text.match(/#\{[^}]+\}|C\{[^}]+\}|\d+(?:\.\d+)?|\.\w+\([^)]*\)|[-+*/()]/g) ?? []
  const operands: Operand[] = []
  let at = 0

  // What stands behind brackets holds for all in them, so that a part is made once that is known.
  type Made = (modifiers: Modifiers) => Part
  const binary =
    (signs: readonly string[], next: () => Made): (() => Made) =>
    () => {
      let left = next()
      while (signs.includes(tokens[at] ?? '')) {
        const sign = tokens[at++]
        const [a, b] = [left, next()]
        left = (modifiers) => {
          const [x, y] = [a(modifiers), b(modifiers)]
          if (sign === '+') return (of) => x(of) + y(of)
          if (sign === '-') return (of) => x(of) - y(of)
          return sign === '*' ? (of) => x(of) * y(of) : (of) => x(of) / y(of)
        }
      }
      return left
    }
  const atom = (): Made => {
    const token = tokens[at++]!
    const made = token === '(' ? bracketed() : single(token)
    let changes = none
    for (; tokens[at]?.startsWith('.'); at++) changes = changed(changes, tokens[at]!)
    return (outer) =>
      made({
        offset: outer.offset + changes.offset,
        isYearToDate: outer.isYearToDate || changes.isYearToDate,
        aggregationType: changes.aggregationType ?? outer.aggregationType,
      })
  }
  const bracketed = (): Made => {
    const made = whole()
    at++
    return made
  }
  const single = (token: string): Made => {
    if (token.startsWith('C{')) return () => () => constants[token.slice(2, -1)]!
    if (!token.startsWith('#')) return () => () => Number(token)
    const [element, combo] = token.slice(2, -1).split('.') as [string, string | undefined]
    return (modifiers) => {
      const operand = { element, combo, ...modifiers }
      operands.push(operand)
      return (of) => of(operand)
    }
  }
  const whole: () => Made = binary(['+', '-'], binary(['*', '/'], atom))
  const part = whole()(none)
  return {
    operands,
    valueOf(of) {
      let missing = 0
      const value = part((operand) => {
        const found = of(operand)
        if (found === undefined) missing++
        return found ?? 0
      })
      return operands.length && missing === operands.length ? undefined : value
    },
  }
}

function changed(before: Modifiers, call: string): Modifiers {
  const [, name, argument = ''] = /^\.(\w+)\(([^)]*)\)$/.exec(call) ?? []
  if (name === 'periodOffset') return { ...before, offset: before.offset + Number(argument) }
  if (name === 'yearToDate') return { ...before, isYearToDate: true }
  return { ...before, aggregationType: argument.trim() }
}
