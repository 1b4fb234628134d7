/** The items of a dimension, be it asked for or a filter; undefined where it is neither. */
export function itemsOfDimension(
  query: URLSearchParams,
  dimension: string,
  ...parameters: readonly ('dimension' | 'filter')[]
): string[] | undefined {
  const asked = (parameters.length ? parameters : ['dimension', 'filter']).flatMap((name) => {
    const values = query.getAll(name)
    return values.length === 1 ? values[0]!.split(',') : values
  })
  const found = asked.find((each) => each.startsWith(`${dimension}:`))
  return found?.slice(dimension.length + 1).split(';')
}
