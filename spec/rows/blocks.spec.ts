import assert from 'node:assert/strict'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  castCells,
  type Header,
  labelCells,
  mapRows,
  parseRows,
  selectColumns,
  toCsv,
  toNdjson,
  toObjects,
} from '../../lib/index.ts'
import { Slice } from '../../lib/rows/slices.ts'
import { anyDamage, damaged } from '../support/arbitrary-grids.ts'
import { anyRowTexts, bodyOf } from '../support/arbitrary-json.ts'
import { cutAt } from '../support/chunks.ts'

const names = ['dx', 'pe', 'ou', 'value', 'eventdate', '10']

const items = {
  fbfJHSPpUQD: { name: 'ANC, "1st"', code: 'ANC1' },
  '202401': { name: 'January 2024' },
  好的: { name: '=good\n😀' },
  '1.0': { code: '-1' },
}

/** Rows, what their headers say, and how the body comes. */
const anyBody = fc
  .tuple(
    anyRowTexts({ sorts: ['few', 'few', 'figure', 'figure', 'date', 'text', 'plain', 'number', 'word'] }),
    fc.array(
      fc.constantFrom('TEXT', 'NUMBER', 'INTEGER', 'BOOLEAN', 'DATE', 'DATETIME', 'ORGANISATION_UNIT'),
      {
        minLength: names.length,
        maxLength: names.length,
      },
    ),
    fc.integer({ min: 1, max: 90_000 }),
  )
  .map(([rows, types, byteLength]) => {
    const headers = names.slice(0, rows[0]?.length ?? 1).map(
      (name, i): Header => ({
        name,
        column: `Label of ${name}`,
        valueType: types[i]!,
      }),
    )
    const metaData = { items, dimensions: { dx: ['fbfJHSPpUQD'], pe: ['202401'], ou: ['好的'] } }
    const head = `"headers":${JSON.stringify(headers)},"metaData":${JSON.stringify(metaData)}`
    const size = rows.join().length + 1
    const many = Array.from({ length: Math.ceil(byteLength / size) }, () => rows).flat()
    return [headers.length, bodyOf(many, 'compact', head)] as const
  })

/** A first chunk that is long enough for a kernel, or any. */
const anyChunks = fc.oneof(
  fc.tuple(fc.integer({ min: 17_000, max: 70_000 }), fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 })),
  fc.tuple(fc.constant(0), fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 })),
)

type Make = () => Transform

/** A stage as code has it, and how it is made. */
type Named = readonly [string, Make]

const casting = fc
  .record(
    {
      onError: fc.constantFrom('keep' as const, 'error' as const),
      nonFinite: fc.constantFrom('null' as const, 'keep' as const, 'error' as const),
      dates: fc.constantFrom('iso' as const, 'date' as const),
      zone: fc.constantFrom('+05:30', 'UTC'),
    },
    { requiredKeys: [] },
  )
  .map((options): Named => [`castCells(${JSON.stringify(options)})`, () => castCells(options)])

const labelling = (columns: readonly string[]) =>
  fc
    .record(
      {
        mode: fc.constantFrom('replace' as const, 'add' as const),
        labels: fc.constantFrom('name' as const, 'code' as const),
        columns: fc.subarray([...columns]),
      },
      { requiredKeys: [] },
    )
    .map((options): Named => [`labelCells(${JSON.stringify(options)})`, () => labelCells(options)])

const selecting = (columns: readonly string[], minLength: number) =>
  fc
    .shuffledSubarray([...columns], { minLength })
    .map((columns): Named => [`selectColumns(${columns})`, () => selectColumns(columns)])

const objects = fc.constant<Named>(['toObjects()', () => toObjects()])

const writingCsv = (columns: readonly string[]) =>
  fc
    .record(
      {
        delimiter: fc.constantFrom(';', '\t', '::', "'"),
        quote: fc.constantFrom("'", '|'),
        eol: fc.constantFrom('\r\n', '\n\n'),
        escapeFormulas: fc.boolean(),
        header: fc.constantFrom('name' as const, 'column' as const, false as const),
        ...(columns.length && { columns: fc.shuffledSubarray([...columns], { minLength: 1 }) }),
        bom: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .filter(({ delimiter, quote }) => delimiter !== quote)
    .map((options): Named => [`toCsv(${JSON.stringify(options)})`, () => toCsv(options)])

const writingNdjson = fc
  .constantFrom('objects' as const, 'arrays' as const)
  .map((rows): Named => [`toNdjson(${rows})`, () => toNdjson({ rows })])

/**
 * Stages in any order, of rows with these columns. There is one that may fail in each: of two, which fails first is a
 * matter of how far each stage is ahead of the next.
 */
const anyLine = (columns: readonly string[]): fc.Arbitrary<Named[]> =>
  fc
    .tuple(
      fc
        .tuple(casting, labelling(columns), selecting(columns, columns.length))
        .chain((stages) => fc.shuffledSubarray(stages)),
      fc.option(objects),
      fc.oneof(
        fc.oneof(writingCsv(columns), writingNdjson).map((end) => [end]),
        fc.tuple(selecting(columns, 1), fc.oneof(writingCsv([]), writingNdjson)),
      ),
    )
    .map(([stages, objects, ends]) => [
      ...stages,
      ...ends.slice(0, -1),
      ...(objects ? [objects] : []),
      ends.at(-1)!,
    ])

/** A body and a line for it. */
const anyCase = anyBody.chain(([width, body]) =>
  fc.tuple(fc.constant(body), anyLine(names.slice(0, width)), anyChunks),
)

/** Everything a user can see of a line. */
interface Seen {
  readonly text?: string
  readonly told?: readonly unknown[]
  readonly error?: Record<string, unknown>
}

async function seen(chunks: Buffer[], line: readonly Make[]): Promise<Seen> {
  const made: Buffer[] = []
  const stages = [parseRows(), ...line.map((make) => make())]
  try {
    await pipeline([
      Readable.from(chunks, { objectMode: false }),
      ...stages,
      async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) made.push(chunk)
      },
    ] as never)
  } catch (error) {
    const { name, message, rowNumber, column, offset } = error as Record<string, unknown>
    return { error: { name, message, rowNumber, column, offset } }
  }
  const last = stages.at(-1) as unknown as ReturnType<typeof toCsv>
  const told = stages.slice(0, -1) as unknown as { rowCount: number; headers?: Header[] }[]
  return {
    text: Buffer.concat(made).toString('latin1'),
    told: [last.rowCount, last.byteCount, ...told.map(({ rowCount, headers }) => [rowCount, headers])],
  }
}

const byRows: Make = () => mapRows((row: unknown) => row as object)

describe('any line of stages', () => {
  it('gives the same by blocks and by rows, and fails with the same error', async () => {
    const outcomes = { text: 0, error: 0, slices: 0 }
    const restore = counting(() => outcomes.slices++)
    try {
      await fc.assert(
        fc.asyncProperty(anyCase, fc.nat(), async ([body, line, [first, cuts]], place) => {
          fc.pre(!mayFail(line) || !body.includes(infinite))
          const chunks = [body.subarray(0, first), ...cutAt(body.subarray(first), cuts)].filter(
            ({ length }) => length,
          )
          const makes = line.map(([, make]) => make)
          const expected = await seen(chunks, [byRows, ...makes])
          outcomes[expected.error ? 'error' : 'text'] += 1
          const at = place % makes.length
          const mixed = await seen(chunks, [...makes.slice(0, at), byRows, ...makes.slice(at)])
          const found = await seen(chunks, makes)
          const shown = line.map(([text]) => text).join(', ')
          assert.deepEqual(withoutOne(mixed, at), withoutOne(expected, 0), shown)
          assert.deepEqual(found, withoutOne(expected, 0), shown)
        }),
        { numRuns: 1000 },
      )
    } finally {
      restore()
    }
    assert.ok(Math.min(...Object.values(outcomes)) > 50, JSON.stringify(outcomes))
  })

  it('fails with the same error where the body is damaged', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, anyDamage, async ([whole, line, [first, cuts]], damage) => {
        fc.pre(!mayFail(line) && !whole.includes(infinite))
        const body = damaged(whole, damage)
        const chunks = [body.subarray(0, first), ...cutAt(body.subarray(first), cuts)].filter(
          ({ length }) => length,
        )
        const makes = line.map(([, make]) => make)
        assert.deepEqual(await seen(chunks, makes), withoutOne(await seen(chunks, [byRows, ...makes]), 0))
      }),
      { numRuns: 500 },
    )
  })
})

/** A number that is none to JavaScript, and which toNdjson refuses. */
const infinite = 'e400'

function mayFail(line: readonly Named[]): boolean {
  return line.some(([text]) => text.includes('"error"'))
}

/** Without what the stage that forces rows told: the one behind `at` others and parseRows. */
function withoutOne({ told, ...rest }: Seen, at: number): Seen {
  return told ? { ...rest, told: told.toSpliced(at + 3, 1) } : rest
}

/** Counts slices that are written to stages, until it is told to stop. */
function counting(count: () => void): () => void {
  const { write } = Transform.prototype
  Transform.prototype.write = function (this: Transform, chunk: unknown, ...rest: unknown[]) {
    if (chunk instanceof Slice) count()
    return (write as (...all: unknown[]) => boolean).call(this, chunk, ...rest)
  } as typeof write
  return () => {
    Transform.prototype.write = write
  }
}
