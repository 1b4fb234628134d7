/**
 * What each transform costs: seconds per million rows of a pivot (dx, pe, ou, value), less what `parseRows` in front of
 * it takes by itself. The best of several runs, in one process.
 *
 *     npx tsx bench/transforms.ts [rows]
 */
import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  batchRows,
  castCells,
  filterRows,
  type Header,
  labelCells,
  type MetaData,
  mapRows,
  parseDataValues,
  parseRows,
  selectColumns,
  toCsv,
  toNdjson,
  toObjects,
  validateRows,
} from 'dhis2-analytics-stream'
import { z } from 'zod'

const rows = Number(process.argv[2] ?? 1_000_000)
const runs = 3

const text = (name: string): Header => ({ name, column: name, valueType: 'TEXT' })
const headers: Header[] = [text('dx'), text('pe'), text('ou'), { ...text('value'), valueType: 'NUMBER' }]
const ids = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => letter + String(i).padStart(10, '0'))
const [dx, pe, ou] = [ids('d', 20), ids('p', 12), ids('o', 1000)]
const metaData: MetaData = {
  items: Object.fromEntries([...dx, ...pe, ...ou].map((id) => [id, { name: `The name of ${id}` }])),
  dimensions: { dx, pe, ou },
}

/** The parsed rows of a grid of `rows` rows, made of the same thousand over and over. */
function grid(): [Readable, Transform] {
  const cells = Array.from({ length: 1000 }, (_, i) => [
    dx[i % 20],
    pe[i % 12],
    ou[i],
    `${(i * 7919) % 100_000}.${i % 10}`,
  ])
  const opening = `{"headers":${JSON.stringify(headers)},"metaData":${JSON.stringify(metaData)},"rows":[`
  return [bodyOf(opening, JSON.stringify(cells).slice(1, -1), 1000), parseRows()]
}

function dataValues(): Readable {
  const values = Array.from({ length: 400 }, (_, i) => ({
    dataElement: dx[i % 20],
    period: pe[i % 12],
    orgUnit: ou[i],
    value: `${i}.0`,
    created: '2026-01-15',
    lastUpdated: '2026-01-15',
    comment: '[aggregated]',
    followup: false,
  }))
  return bodyOf('{"dataValues":[', JSON.stringify(values).slice(1, -1), 400)
}

function bodyOf(opening: string, slice: string, rowsInSlice: number): Readable {
  const first = Buffer.from(slice)
  const other = Buffer.from(`,${slice}`)
  function* body() {
    yield Buffer.from(opening)
    for (let sent = 0; sent < rows; sent += rowsInSlice) yield sent ? other : first
    yield Buffer.from(']}')
  }
  return Readable.from(body(), { objectMode: false })
}

const cases: Record<string, () => [Readable, ...Transform[]]> = {
  'parseRows()': () => [...grid()],
  'mapRows((row) => row)': () => [...grid(), mapRows((row) => row)],
  'filterRows(half)': () => {
    let odd = false
    return [
      ...grid(),
      filterRows(() => {
        odd = !odd
        return odd
      }),
    ]
  },
  "selectColumns(['ou', 'value'])": () => [...grid(), selectColumns(['ou', 'value'])],
  'batchRows(1000)': () => [...grid(), batchRows(1000)],
  'castCells()': () => [...grid(), castCells()],
  'labelCells()': () => [...grid(), labelCells()],
  "labelCells({ mode: 'add' })": () => [...grid(), labelCells({ mode: 'add' })],
  'toObjects()': () => [...grid(), toObjects()],
  'validateRows(z.tuple(…))': () => [
    ...grid(),
    validateRows(z.tuple([z.string(), z.string(), z.string(), z.string()])),
  ],
  'toNdjson()': () => [...grid(), toNdjson()],
  "toNdjson({ rows: 'arrays' })": () => [...grid(), toNdjson({ rows: 'arrays' })],
  'toObjects(), toNdjson()': () => [...grid(), toObjects(), toNdjson()],
  'toCsv(), of objects': () => [...grid(), toObjects(), toCsv()],
  'parseDataValues()': () => [dataValues(), parseDataValues()],
}

async function seconds(make: () => [Readable, ...Transform[]]): Promise<number> {
  const sink = new Writable({ objectMode: true, write: (_row, _encoding, done) => done() })
  const start = performance.now()
  await pipeline([...make(), sink])
  return (performance.now() - start) / 1000
}

const best: Record<string, number> = {}
for (const [name, make] of Object.entries(cases)) {
  for (let run = 0; run < runs; run++) {
    best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, await seconds(make))
  }
}
const [[, base = 0] = []] = Object.entries(best)
for (const [name, total] of Object.entries(best)) {
  const own = name.startsWith('parse') ? total : total - base
  console.log(`${name.padEnd(32)} ${((own / rows) * 1e6).toFixed(2)} s per million rows`)
}
