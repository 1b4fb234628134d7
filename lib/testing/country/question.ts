import { conflict, type Refusal } from '../query-checks.ts'

/** A question's parameters: text, pairs, or what is made of them. */
export type Params = string | URLSearchParams | readonly (readonly [name: string, value: string])[]

/** An axis that was asked for, or that the answer is to be one sum over. */
export interface Axis {
  readonly name: string
  /** As they were written; undefined where the axis was named alone. */
  readonly items: readonly string[] | undefined
}

export interface Question {
  readonly query: URLSearchParams
  readonly dimensions: readonly Axis[]
  readonly filters: readonly Axis[]
}

export function questionOf(params: Params): Question {
  const query = new URLSearchParams(
    typeof params === 'string' ? params : [...params].map(([name, value]): [string, string] => [name, value]),
  )
  return { query, dimensions: axesOf(query, 'dimension'), filters: axesOf(query, 'filter') }
}

/** An axis, be it a dimension or a filter. */
export function axisOf({ dimensions, filters }: Question, name: string): Axis | undefined {
  return [...dimensions, ...filters].find((axis) => axis.name === name)
}

export function isFilter({ filters }: Question, name: string): boolean {
  return filters.some((axis) => axis.name === name)
}

export function isRefusal(answer: object): answer is Refusal {
  return 'message' in answer && 'status' in answer
}

export const noDimensions = conflict('E7101', 'At least one dimension must be specified')

/** A single parameter is cut at its commas; several are not. */
function axesOf(query: URLSearchParams, parameter: string): Axis[] {
  const values = query.getAll(parameter)
  const texts = values.length === 1 ? values[0]!.split(',') : values
  return texts.map((text) => {
    const [name = '', ...rest] = text.split(':')
    return { name, items: rest.length ? rest.join(':').split(';') : undefined }
  })
}
