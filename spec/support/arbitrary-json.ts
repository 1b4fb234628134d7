import fc from 'fast-check'

/** What strings are made of, as JSON may write it: plain, of other scripts, and with escapes of every kind. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."aZ09 .,;:|=+-@[]{}'/_\u007f") },
  {
    weight: 2,
    arbitrary: fc.constantFrom('é', '好', '\u2028', '\uFF1D', '😀', '\u{1f469}\u200d\u{1f52c}', '],['),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['\\n', '\\r', '\\t', '\\b', '\\f', '\\"', '\\\\', '\\/'],
      ...['\\u00e9', '\\u0041', '\\u0000', '\\u001F', '\\u2028', '\\u0022', '\\u005c'],
      ...['\\uD83D\\uDE00', '\\ud83d', '\\uDE00'],
    ),
  },
)
const units = (maxLength: number) => fc.array(unit, { maxLength }).map((list) => list.join(''))

const digits = fc.string({ unit: fc.constantFrom(...'000123456789'), minLength: 1, maxLength: 12 })
const numeral = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '-'),
      digits.map((whole) => whole.replace(/^0+(?=.)/, '')),
      fc.option(digits),
      fc.option(fc.constantFrom('e5', 'E-3', 'e+20', 'e-7', 'e400', 'E00')),
    )
    .map(([sign, whole, part, exponent]) => `${sign}${whole}${part ? `.${part}` : ''}${exponent ?? ''}`),
  fc.constantFrom('0', '-0', '0.0', '1.0', '0.0000001', '1e21', '12345678901234567890', '0.1e1'),
)

/** Cells of each sort, as the text that JSON has of them. */
export const cellTexts = {
  few: fc.constantFrom('""', '"fbfJHSPpUQD"', '"202401"', '"R\\u00e9gion, \\"Est\\""', '"好的"', '"1.0"'),
  text: units(40).map((inside) => `"${inside}"`),
  plain: fc.string({ unit: fc.constantFrom(...'abc123.-'), maxLength: 40 }).map((inside) => `"${inside}"`),
  number: numeral,
  /** Numbers as current servers send them. */
  figure: fc.oneof(
    { weight: 9, arbitrary: numeral.map((json) => `"${json}"`) },
    { weight: 1, arbitrary: fc.constantFrom('"NaN"', '"Infinity"', '"-Infinity"', '""', '"x"', '"=1"') },
  ),
  date: fc.oneof(
    fc.constantFrom('"2024-01-15"', '"2024-01-15 12:30:00.0"', '"2024-02-30"', '""'),
    fc.integer({ min: 10, max: 59 }).map((minute) => `"2024-01-15T12:${minute}:00.123"`),
  ),
  word: fc.constantFrom('null', 'true', 'false', '""', '0'),
  nested: fc.constantFrom('[]', '{}', '[[1],["],["]]', '{"rows":[["x"]]}', '["a",null]'),
  /** About as long as the kernel takes. */
  long: fc
    .tuple(
      fc.constantFrom('a', 'é', '好', '😀', ' ', '\\n', '\\u0041'),
      fc.integer({ min: 8170, max: 8210 }),
      units(6),
    )
    .map(([one, size, inside]) => `"${inside}${one.repeat(size / Buffer.byteLength(one))}${inside}"`),
} satisfies Record<string, fc.Arbitrary<string>>

export type CellSort = keyof typeof cellTexts

const usual: readonly CellSort[] = ['few', 'few', 'text', 'plain', 'number', 'word']

/** Rows as the texts of their cells: mostly columns of one sort each, with some of any. */
export function anyRowTexts({
  sorts = usual,
  odd = ['nested'],
  maxRows = 20,
  maxWidth = 6,
}: {
  sorts?: readonly CellSort[]
  odd?: readonly CellSort[]
  maxRows?: number
  maxWidth?: number
} = {}): fc.Arbitrary<string[][]> {
  return fc.array(fc.constantFrom(...sorts), { minLength: 1, maxLength: maxWidth }).chain((columns) => {
    const usualRow = fc.tuple(...columns.map((sort) => cellTexts[sort]))
    const oddCell = fc.oneof(...[...sorts, ...odd].map((sort) => cellTexts[sort]))
    const oddRow = fc.array(oddCell, { minLength: columns.length, maxLength: columns.length })
    return fc.array(fc.oneof({ weight: 9, arbitrary: usualRow }, { weight: 1, arbitrary: oddRow }), {
      maxLength: maxRows,
    }) as fc.Arbitrary<string[][]>
  })
}

/** What stands between the parts of an array. */
export const spacings = {
  compact: { inside: ',', between: ',' },
  spaced: { inside: ', ', between: ', ' },
  lines: { inside: ',', between: ',\n' },
  'indented cells': { inside: ',\r\n\t', between: ',' },
} as const

export const anySpacing = fc.constantFrom(
  ...(['compact', 'compact', 'compact', 'spaced', 'lines', 'indented cells'] as const),
)

/** The body of a grid of such rows. */
export function bodyOf(
  rows: readonly (readonly string[])[],
  spacing: keyof typeof spacings = 'compact',
  head = `"headers":${JSON.stringify(headersOf(rows[0]?.length ?? 1))},"metaData":{}`,
): Buffer {
  const { inside, between } = spacings[spacing]
  const list = rows.map((row) => `[${row.join(inside)}]`).join(between)
  return Buffer.from(`{${head},"rows":[${list}],"height":${rows.length}}`)
}

export function headersOf(width: number): { name: string; column: string; valueType: string }[] {
  return Array.from({ length: width }, (_, i) => ({
    name: `h${i}`,
    column: `Label, ${i}`,
    valueType: 'TEXT',
  }))
}
