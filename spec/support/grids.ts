import { gridJson } from '../../lib/testing/grid-bytes.ts'

/** A grid as JSON has it, its keys in the order they are sent. */
export type PlainGrid = Record<string, unknown> & { headers: { name: string }[]; rows: unknown[][] }

const text = (name: string, column = name) => ({
  name,
  column,
  valueType: 'TEXT',
  type: 'java.lang.String',
  hidden: false,
  meta: true,
})
const value = { ...text('value', 'Value'), valueType: 'NUMBER', type: 'java.lang.Double', meta: false }
const pivot = [text('dx', 'Data'), text('pe', 'Period'), text('ou', 'Organisation unit'), value]
const items = { fbfJHSPpUQD: { name: 'ANC 1st visit' }, ImspTQPwCqd: { name: 'Sierra Leone' } }

/** One grid of each shape that servers have been seen to send, in their usual order of keys. */
export const grids: Readonly<Record<string, PlainGrid>> = {
  'an aggregate': grid({
    metaData: { items, dimensions: { dx: ['fbfJHSPpUQD'], pe: ['202401'], ou: ['ImspTQPwCqd'] } },
    rowContext: {},
    rows: [
      ['fbfJHSPpUQD', '202401', 'ImspTQPwCqd', '101.47'],
      ['fbfJHSPpUQD', '202402', 'ImspTQPwCqd', '1.0E-4'],
      ['fbfJHSPpUQD', '202403', 'ImspTQPwCqd', ''],
    ],
  }),
  'no rows, whose width is 0': grid({ rows: [], metaData: { items, dimensions: {} } }),
  'no rows and no headers, under skipData': grid({ headers: [], rows: [] }),
  'rows without headers, under skipHeaders': grid({ headers: [], rows: [['a', 'b'], ['c']] }),
  'metaData as {}, under skipMeta': grid({ metaData: {}, rows: [['a', '1', 'b', '2']] }),
  'no metaData at all': { headers: pivot, rows: [['a', '1', 'b', '2']], height: 1 },
  'an old server: names for items, plain headers, cells of every type': grid({
    title: 'ANC',
    subtitle: '',
    headers: [{ name: 'dx' }, { name: 'value' }, { name: 'ok' }],
    metaData: { names: { fbfJHSPpUQD: 'ANC 1st visit' }, dx: ['fbfJHSPpUQD'] },
    rows: [
      ['a', 12, true],
      ['b', -0.5e-3, false],
      [null, 0, null],
    ],
  }),
  'events: quotes, brackets, line breaks, other scripts': grid({
    headers: [text('psi'), text('note'), text('geometry')],
    metaData: { pager: { page: 1, total: 3, pageSize: 50, pageCount: 1 }, items: {}, dimensions: {} },
    rows: [
      ['a', 'Référée à Kédougou, "urgent"', '{"type":"Point","coordinates":[-13.2,7.9]}'],
      ['b', 'བཀྲ་ཤིས། 好的 \u{1f469}\u200d\u{1f52c}', ''],
      ['c', 'C:\\scans\\, \t\r\n\u0000\u001f\u2028', '\\'],
      ['d', '\\"', '"'],
    ],
  }),
  'cells that look like the end of a row': grid({
    headers: [text('a'), text('b')],
    rows: [
      ['],[', '"],["'],
      [']]', ']}'],
      ['"],["', '\\"],[\\"'],
      ['[["', '{"rows":[["x"]]}'],
      [',', '","'],
    ],
  }),
  'an item called rows, and one called headers, in metaData': grid({
    headers: [text('rows', 'rows')],
    metaData: {
      rows: [['not', 'these']],
      headers: [{ name: 'nor this' }],
      items: { rows: { name: '"rows":[["no"]]' }, headers: { name: 'height' } },
      dimensions: { rows: ['rows'] },
    },
    rows: [['rows'], ['headers']],
  }),
  'a large rowContext, before the rows': grid({
    rowContext: Object.fromEntries(
      Array.from({ length: 50 }, (_, row) => [row, { 3: { valueStatus: 'ND', rows: [[row]] } }]),
    ),
    rows: [['a', '1', 'b', '']],
  }),
  'nested cells, as SQL views have them': grid({
    headers: [text('id'), text('data')],
    rows: [
      [1, { a: [[1, 2], [3]], rows: [['x']] }],
      [2, [[], [[]], {}]],
      [3, [['"],["'], ['],[']]],
      [4, null],
    ],
  }),
  'two columns of one name': grid({
    headers: [text('de'), text('de')],
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
  }),
  'names that objects have anyway': grid({
    headers: [text('__proto__'), text('constructor')],
    metaData: { items: JSON.parse('{"__proto__":{"name":"x"},"constructor":{}}'), dimensions: {} },
    rows: [['toString', '__proto__']],
  }),
  'fields that nobody knows yet': grid({
    performanceMetrics: { executionPlans: [{ time: 1.5 }] },
    refs: [],
    rows: [['a', '1', 'b', '2']],
    next: { rows: [['no']] },
    ratio: -1.5e-7,
    flag: false,
    nothing: null,
    note: 'rows":[["',
  }),
}

/** The order of keys of a body, changed: those named first, the rest behind them. */
export function inOrder(given: PlainGrid, keys: readonly string[]): PlainGrid {
  const first = keys.filter((key) => key in given).map((key) => [key, given[key]])
  const rest = Object.entries(given).filter(([key]) => !keys.includes(key))
  return Object.fromEntries([...first, ...rest]) as PlainGrid
}

export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]]
  return list.flatMap((one, i) => permutations(list.toSpliced(i, 1)).map((rest) => [one, ...rest]))
}

/** A body as servers and people write it: compact, indented, with CRLF, with a byte order mark. */
export const writings: Readonly<Record<string, (grid: PlainGrid) => string>> = {
  compact: (given) => JSON.stringify(given),
  indented: (given) => JSON.stringify(given, undefined, 2),
  'with CRLF and tabs': (given) =>
    ` \r\n${JSON.stringify(given, undefined, '\t').replaceAll('\n', '\r\n')}\r\n\t`,
  'behind a byte order mark': (given) => `\uFEFF${JSON.stringify(given)}`,
}

/** Bytes of a made-up grid of the stand-in server. */
export function generated(...options: Parameters<typeof gridJson>): Buffer {
  return Buffer.concat([...gridJson(...options)])
}

function grid({
  headers = pivot,
  metaData = { items: {}, dimensions: {} },
  rows,
  ...fields
}: Record<string, unknown> & { rows: unknown[][]; headers?: { name: string }[] }): PlainGrid {
  return {
    headers,
    metaData,
    ...fields,
    rows,
    height: rows.length,
    headerWidth: headers.length,
    width: rows[0]?.length ?? 0,
  }
}
