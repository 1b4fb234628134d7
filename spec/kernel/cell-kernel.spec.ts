import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Row } from '../../lib/grid/grid.ts'
import { GridReader } from '../../lib/grid/grid-reader.ts'
import { PartTaker } from '../../lib/grid/part-taker.ts'
import { RowTaker } from '../../lib/grid/row-taker.ts'
import type { Taker } from '../../lib/json/taker.ts'
import { type Block, type Column, rowsOf } from '../../lib/kernel/block.ts'
import { CellKernel } from '../../lib/kernel/cell-kernel.ts'
import { anyCuts, anyDamage, damaged } from '../support/arbitrary-grids.ts'
import { anyRowTexts, anySpacing, bodyOf, cellTexts, headersOf } from '../support/arbitrary-json.ts'
import { chunksOf, cutAt } from '../support/chunks.ts'

/** Takes nothing by itself: every row is parsed. */
class ParsedRows implements Taker<Row[]> {
  rowCount = 0
  readonly closed = false
  #rows: Row[] = []

  run(_bytes: Buffer, from: number): number {
    return from
  }

  add(row: Row): void {
    this.#rows.push(row)
    this.rowCount += 1
  }

  take(): Row[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }
}

/** Takes what the kernel takes, in grids of any size, and nothing by guessing. */
class CutRows implements Taker<(Block | Row[])[]> {
  rowCount = 0
  /** How many of them the kernel cut. */
  cutCount = 0
  readonly columns: Column['kind'][][] = []
  #kernel: CellKernel | undefined
  #parts: (Block | Row[])[] = []

  get closed(): boolean {
    return this.#kernel?.closed ?? false
  }

  run(bytes: Buffer, from: number, width: number): number {
    this.#kernel ??= CellKernel.create(width)!
    return this.#kernel.run(bytes, from, { lasting: true }, (block) => {
      this.#parts.push(block)
      this.columns.push(block.columns.map(({ kind }) => kind))
      this.rowCount += block.rowCount
      this.cutCount += block.rowCount
    })
  }

  add(row: Row): void {
    this.#parts.push([row])
    this.rowCount += 1
  }

  take(): (Block | Row[])[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }
}

/** The rows of a body, and the error where it has one. */
interface Outcome {
  readonly rows: Row[]
  readonly error?: { readonly name: string; readonly message: string; readonly offset: number | undefined }
}

/** Blocks become rows when all has been read, as whoever keeps them may do. */
function outcomeOf(chunks: Iterable<Uint8Array>, taker: Taker<(Block | Row[])[] | Row[]>): Outcome {
  const made: ((Block | Row[])[] | Row[])[] = []
  const rows = () =>
    made.flatMap((parts) =>
      taker instanceof ParsedRows || taker instanceof RowTaker
        ? (parts as Row[])
        : (parts as (Block | Row[])[]).flatMap((part) => (Array.isArray(part) ? part : rowsOf(part))),
    )
  const reader = new GridReader({ onHeaders: () => undefined })
  try {
    for (const chunk of chunks) for (const some of reader.read(chunk, () => taker)) made.push(some)
    for (const some of reader.end(taker)) made.push(some)
  } catch (error) {
    const { name, message, offset } = error as Error & { offset?: number }
    return { rows: rows(), error: { name, message, offset } }
  }
  return { rows: rows() }
}

const takers = { parts: () => new PartTaker(), rows: () => new RowTaker(), cut: () => new CutRows() }

/** All takers make the rows of a body that JSON.parse makes of it. */
function readsAll(body: Buffer, chunks: Buffer[]): void {
  const { rows } = JSON.parse(body.toString()) as { rows: Row[] }
  for (const [name, taker] of Object.entries(takers))
    assert.deepEqual(outcomeOf(chunks, taker()), { rows }, name)
}

/** The first chunk is long enough for a kernel; the others are cut anyhow. */
const laterCuts = fc.tuple(
  fc.integer({ min: 17_000, max: 70_000 }),
  fc.array(fc.nat({ max: 400_000 }), { maxLength: 30 }),
)

function cutLater(bytes: Buffer, [first, cuts]: readonly [number, readonly number[]]): Buffer[] {
  return [bytes.subarray(0, first), ...cutAt(bytes.subarray(first), cuts)]
}

/** The rows over and over, until there are so many bytes; each time begins with another row. */
function enlarged(rows: string[][], byteLength: number): string[][] {
  if (rows.length === 0) return rows
  const size = rows.reduce((sum, row) => sum + row.join().length + 3, 0)
  const times = Math.ceil(byteLength / size)
  return Array.from({ length: times }, (_, time) => {
    const at = time % rows.length
    return [...rows.slice(at), ...rows.slice(0, at)]
  }).flat()
}

describe('rows that the kernel cuts', () => {
  it('are those of JSON.parse, of small grids in every chunking', () => {
    fc.assert(
      fc.property(anyRowTexts(), anySpacing, anyCuts, (rows, spacing, cuts) => {
        const body = bodyOf(rows, spacing)
        readsAll(body, cutAt(body, cuts))
      }),
      { numRuns: 2000 },
    )
  })

  it('are those of JSON.parse, byte by byte', () => {
    fc.assert(
      fc.property(anyRowTexts({ maxRows: 5 }), (rows) => {
        const body = bodyOf(rows)
        readsAll(body, chunksOf(body, 1))
      }),
      { numRuns: 200 },
    )
  })

  it('are those of JSON.parse, of grids of many pieces', () => {
    const size = fc.integer({ min: 20_000, max: 300_000 })
    fc.assert(
      fc.property(anyRowTexts(), size, anySpacing, laterCuts, (rows, size, spacing, cuts) => {
        const body = bodyOf(enlarged(rows, size), spacing)
        readsAll(body, cutLater(body, cuts))
      }),
      { numRuns: 150 },
    )
  })

  it('are those of JSON.parse where cells are as long as it takes, and longer', () => {
    fc.assert(
      fc.property(
        anyRowTexts({ sorts: ['few', 'long', 'text'], maxRows: 12, maxWidth: 3 }),
        laterCuts,
        (rows, cuts) => {
          const body = bodyOf(enlarged(rows, 100_000))
          readsAll(body, cutLater(body, cuts))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are cut up to 8,191 bytes a cell', () => {
    for (const [length, cutCount] of [
      [8190, 3],
      [8191, 3],
      [8192, 0],
      [8193, 0],
    ] as const) {
      const rows = Array.from({ length: 3 }, () => ['"x"', `"${'y'.repeat(length)}"`])
      const taker = new CutRows()
      assert.deepEqual(
        outcomeOf([bodyOf(rows)], taker).rows,
        Array.from({ length: 3 }, () => ['x', 'y'.repeat(length)]),
      )
      assert.equal(taker.cutCount, cutCount, `${length}`)
    }
  })

  it('may be as wide as they like: up to 2,048 cells are cut', () => {
    for (const width of [1, 2047, 2048, 2049, 3000]) {
      const rows = Array.from({ length: 120 }, (_, row) =>
        Array.from({ length: width }, (_, at) => (at % 3 ? `"${(at * row) % 7}"` : `${at * 1000 + row}`)),
      )
      const body = bodyOf(rows)
      const expected = { rows: JSON.parse(body.toString()).rows as Row[] }
      for (const taker of [new PartTaker(), new RowTaker()]) {
        assert.deepEqual(outcomeOf([body], taker), expected)
        assert.deepEqual(
          outcomeOf(
            chunksOf(body, 17_001),
            taker.constructor === PartTaker ? new PartTaker() : new RowTaker(),
          ),
          expected,
        )
      }
      assert.equal(CellKernel.create(width) !== undefined, width <= 2048)
    }
  })

  it('are read where they come before the headers', () => {
    fc.assert(
      fc.property(anyRowTexts({ maxRows: 8 }), laterCuts, (some, cuts) => {
        const rows = enlarged(some, 40_000)
        const list = rows.map((row) => `[${row}]`).join()
        const body = Buffer.from(
          `{"rows":[${list}],"headers":${JSON.stringify(headersOf(rows[0]?.length ?? 1))}}`,
        )
        readsAll(body, cutLater(body, cuts))
      }),
      { numRuns: 40 },
    )
  })
})

describe('what is wrong in rows that the kernel cuts', () => {
  const damage = fc.array(
    fc.oneof(
      anyDamage,
      fc.record({
        kind: fc.constantFrom('replace' as const, 'insert' as const),
        place: fc.nat({ max: 100_000 }),
        length: fc.constant(0),
        some: fc.oneof(
          fc.constantFrom(
            '\u0000',
            '\u001f',
            '\t',
            '\\',
            '\\u12',
            '\\x',
            '01',
            '1.',
            '-',
            '+1',
            '.5',
            '1e',
            'NaN',
            'nul',
            'tru',
          ),
          // Halves of characters, overlong ones, surrogates, and bytes that are in none.
          fc
            .constantFrom([0xc3], [0xe5, 0xa5], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5], [0xff], [0x80])
            .map((bytes) => Uint8Array.from(bytes)),
        ),
      }),
    ),
    { minLength: 1, maxLength: 2 },
  )

  it('is refused with the error it is refused with where every row is parsed, at the same place', () => {
    fc.assert(
      fc.property(anyRowTexts({ maxRows: 8 }), anySpacing, damage, anyCuts, (rows, spacing, damage, cuts) => {
        const chunks = cutAt(damage.reduce(damaged, bodyOf(rows, spacing)), cuts)
        const expected = outcomeOf(chunks, new ParsedRows())
        for (const [name, taker] of Object.entries(takers))
          assert.deepEqual(outcomeOf(chunks, taker()), expected, name)
      }),
      { numRuns: 5000 },
    )
  })

  it('is so in the middle of large grids', () => {
    const anywhere = fc.array(
      damage.chain((list) => fc.nat({ max: 150_000 }).map((place) => ({ ...list[0]!, place }))),
      { minLength: 1, maxLength: 2 },
    )
    fc.assert(
      fc.property(anyRowTexts(), anywhere, laterCuts, (rows, damage, cuts) => {
        const chunks = cutLater(damage.reduce(damaged, bodyOf(enlarged(rows, 120_000))), cuts)
        const expected = outcomeOf(chunks, new ParsedRows())
        for (const [name, taker] of Object.entries(takers))
          assert.deepEqual(outcomeOf(chunks, taker()), expected, name)
      }),
      { numRuns: 150 },
    )
  })

  it('is in no block: each byte of a grid made wrong', () => {
    const rows = enlarged(
      [
        ['"a"', '"é"', '1.5'],
        ['"\\u0041"', '"b"', 'null'],
        ['"😀"', '"c\\\\"', '-0'],
      ],
      18_000,
    )
    const body = bodyOf(rows)
    const from = body.indexOf('[[')
    fc.assert(
      fc.property(
        fc.integer({ min: from, max: from + 400 }),
        fc.integer({ min: 0, max: 255 }),
        (at, byte) => {
          const bytes = Buffer.from(body)
          bytes[at] = byte
          const expected = outcomeOf([bytes], new ParsedRows())
          for (const [name, taker] of Object.entries(takers))
            assert.deepEqual(outcomeOf([bytes], taker()), expected, name)
        },
      ),
      { numRuns: 600 },
    )
  })
})

describe('dictionaries', () => {
  /** The rows of a taker of one body, and what kinds its columns were, first and last. */
  function kindsOf(rows: string[][]): { first: Column['kind'][]; last: Column['kind'][] } {
    const body = bodyOf(rows)
    const taker = new CutRows()
    // Not by deepEqual of all, which takes long.
    const { rows: made } = outcomeOf(chunksOf(body, 64 * 1024), taker)
    const { rows: parsed } = JSON.parse(body.toString()) as { rows: Row[] }
    assert.equal(made.length, parsed.length)
    for (const [i, row] of parsed.entries())
      for (const [at, cell] of row.entries())
        if (!Object.is(made[i]![at], cell)) assert.fail(`${i}, ${at}: ${made[i]![at]}, not ${cell}`)
    return { first: taker.columns[0]!, last: taker.columns.at(-1)! }
  }

  it('are given up for columns of mostly different cells, early or late, and for no others', () => {
    const count = 60_000
    const { first, last } = kindsOf(
      Array.from({ length: count }, (_, i) => [
        `"${i % 100}"`,
        `"id${i}"`,
        // First the same, and then all different.
        i < count / 3 ? '"x"' : `"y${i}"`,
        `${i % 3}.5`,
      ]),
    )
    assert.deepEqual(first, ['coded', 'coded', 'coded', 'coded'])
    assert.deepEqual(last, ['coded', 'cut', 'cut', 'coded'])
  })

  it('grow from table to table, in several columns in turn', () => {
    const { last } = kindsOf(
      Array.from({ length: 90_000 }, (_, i) => {
        // Ids that are counted up look alike to a poor hash.
        const cell = i % 3 ? i % 2 : i
        return [`"a${cell}"`, `"${cell}${'é'.repeat(i % 40)}"`, `${(i >> 2) % 10_007}`]
      }),
    )
    assert.deepEqual(last, ['coded', 'coded', 'coded'])
  })

  it('are given up where there are many texts that take too much, or too many', () => {
    const isGivenUp = (count: number, textOf: (i: number) => string) => {
      const { first, last } = kindsOf(
        Array.from({ length: count }, (_, i) => [`"${i % 5}"`, `"${i % 3 ? 0 : textOf(i)}"`]),
      )
      assert.deepEqual(
        [first, last],
        [
          ['coded', 'coded'],
          ['coded', 'cut'],
        ],
      )
    }
    const long = 'x'.repeat(3000)
    isGivenUp(30_000, (i) => i + long)
    isGivenUp(1_000_000, (i) => `${i}`)
  })

  it('are given up where hashes collide', () => {
    const cells = colliding(100)
    const { first, last } = kindsOf(
      Array.from({ length: 20_000 }, (_, i) => [`"${cells[i % cells.length]}"`, `"${i % 9}"`]),
    )
    assert.deepEqual(first, ['coded', 'coded'])
    assert.deepEqual(last, ['cut', 'coded'])
  })

  it('hold no text for another: the same bytes under other kinds, and ends of other lengths', () => {
    fc.assert(
      fc.property(
        fc.array(cellTexts.plain, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        (texts, places) => {
          const all = [
            ...texts.flatMap((text) => {
              const inside = text.slice(1, -1)
              return [
                text,
                `"${inside}\\n"`,
                `"${inside}n"`,
                `"${inside.slice(0, -1)}"`,
                `"${inside}${inside}${inside}"`,
              ]
            }),
            ...[
              '1',
              '"1"',
              'null',
              '"null"',
              '1.0',
              '"1.0"',
              '-0',
              '"-0"',
              '0',
              '""',
              '"\\u0000"',
              '"\\\\u0000"',
            ],
          ]
          const rows = places.map((place, i) => [all[place % all.length]!, all[(place + i) % all.length]!])
          const body = bodyOf([...rows, ...rows, ...rows])
          readsAll(body, [body])
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Texts that all belong in one place of the first table of a column: their hashes end in the same bits. */
function colliding(count: number): string[] {
  const mask64 = (1n << 64n) - 1n
  const found: string[] = []
  for (let i = 0; found.length < count; i++) {
    const text = `t${i.toString(36).padStart(7, '0')}`
    const lane = Buffer.from(text).readBigUInt64LE()
    let hash = ((lane * 0x9e3779b97f4a7c15n) & mask64) ^ ((8n * 0xc2b2ae3d27d4eb4fn) & mask64)
    hash = (((hash ^ (hash >> 32n)) * 0x9e3779b97f4a7c15n) & mask64) >> 32n
    if ((hash & 511n) === 7n) found.push(text)
  }
  return found
}
