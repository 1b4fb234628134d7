import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CsvText, cellText } from '../../lib/csv/csv-text.ts'
import { jsonText } from '../../lib/csv/json-text.ts'
import { type Block, type Column, cellsOf, type Dictionary, type MadeColumn } from '../../lib/kernel/block.ts'
import { CellKernel } from '../../lib/kernel/cell-kernel.ts'
import { BlockText, type LineFormat } from '../../lib/kernel/text-kernel.ts'

const csv = new CsvText({})

function csvFormat(width: number): LineFormat {
  return {
    openings: Array.from({ length: width }, (_, at) => (at === 0 ? '' : ',')),
    closing: '\n',
    textOf: (cell) => csv.cell(cellText(cell)),
    around: '',
    marks: [...',"\r\n'].map((mark) => mark.charCodeAt(0)),
    takesNumbers: true,
  }
}

function quotingFormat(width: number): LineFormat {
  return { ...csvFormat(width), quote: 0x22 }
}

/** Of a dialect whose quote is nothing in JSON. */
function tabFormat(width: number): LineFormat {
  const tabs = new CsvText({ delimiter: '\t', quote: "'", eol: '\r\n' })
  return {
    openings: Array.from({ length: width }, (_, at) => (at === 0 ? '' : '\t')),
    closing: '\r\n',
    textOf: (cell) => tabs.cell(cellText(cell)),
    around: '',
    marks: [..."\t'\r\n"].map((mark) => mark.charCodeAt(0)),
    quote: 0x27,
    takesNumbers: true,
  }
}

function jsonFormat(width: number): LineFormat {
  return {
    openings: Array.from({ length: width }, (_, at) => `${at === 0 ? '{' : ','}"é ${at}":`),
    closing: '}\n',
    textOf: jsonText,
    around: '"',
    marks: [],
    takesNumbers: true,
  }
}

/** Has nothing copied, and all openings longer than what is copied at once. */
function slowFormat(width: number): LineFormat {
  return { ...jsonFormat(width), openings: new Array(width).fill('<opening of a cell>'), marks: undefined }
}

const formats = [csvFormat, quotingFormat, tabFormat, jsonFormat, slowFormat]

function expected(format: LineFormat, rows: readonly (readonly unknown[])[]): string {
  const lines = rows.map(
    (row) => row.map((cell, at) => format.openings[at]! + format.textOf(cell)).join('') + format.closing,
  )
  // As one text, halves of pairs would meet that are in lines of their own.
  return lines.map((line) => Buffer.from(line).toString()).join('')
}

/** The rows of blocks, and the lines of them. */
class Written {
  readonly rows: unknown[][] = []
  lines = ''
  readonly #text: BlockText

  constructor(format: LineFormat) {
    this.#text = BlockText.create(format)!
  }

  add(block: Block): void {
    const columns = block.columns.map(cellsOf)
    const lines = this.#text.write(block).toString()
    for (let i = 0; i < block.rowCount; i++) this.rows.push(columns.map((cells) => cells[i]))
    this.lines += lines
  }
}

/** The rows as JSON, cut in pieces of 64 KiB as bodies come, each from the first row that it did not get through. */
function cutRows(rows: readonly unknown[][], width: number, take: (block: Block) => void): void {
  if (rows.length === 0) return
  const kernel = CellKernel.create(width)!
  const bytes = Buffer.from(`${rows.map((row) => JSON.stringify(row)).join(',')}]`)
  for (let at = 0; !kernel.closed; ) {
    const stop = kernel.run(bytes.subarray(at, at + 64 * 1024), 0, { lasting: false }, take)
    assert.ok(stop > 0)
    at += stop
  }
}

const cellOf = {
  few: fc.constantFrom<unknown>(
    '',
    'fbfJHSPpUQD',
    '202401',
    'Région, "Est"',
    '好的 \u{1f469}',
    null,
    true,
    -0.5,
  ),
  text: fc.string({ unit: 'grapheme', maxLength: 40 }),
  plain: fc.string({ unit: fc.constantFrom(...'abc123.-é,'), maxLength: 40 }),
  odd: fc.oneof(
    fc.constantFrom<unknown>(
      'a,b',
      '"',
      "'",
      '{"type":"Point"}',
      '\t\\\b\f/',
      '\\',
      'a\nb',
      '\r',
      '\u2028',
      '',
      0,
      1e21,
      false,
      null,
      '\u0000',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  ),
  long: fc
    .tuple(fc.constantFrom('a', 'é', '好', '\u{1f469}', ','), fc.integer({ min: 0, max: 9000 }))
    .map(([unit, size]) => unit.repeat(size / Buffer.byteLength(unit))),
}

/** Columns of different sorts, each of cells that are all of one sort. */
const table = (kinds: readonly (keyof typeof cellOf)[], maxLength: number) =>
  fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 6 }).chain((sorts) =>
    fc.array(fc.tuple(...sorts.map((sort) => cellOf[sort])) as fc.Arbitrary<unknown[]>, {
      minLength: 1,
      maxLength,
    }),
  )

describe('BlockText', () => {
  it('writes what was cut from JSON, coded and cut, as its format has it', () => {
    fc.assert(
      fc.property(
        table(['few', 'text', 'plain', 'odd'], 60),
        fc.integer({ min: 1, max: 80 }),
        (rows, times) => {
          const many = Array.from({ length: times }, () => rows).flat()
          for (const formatOf of formats) {
            const format = formatOf(rows[0]!.length)
            const written = new Written(format)
            cutRows(many, rows[0]!.length, (block) => written.add(block))
            assert.equal(written.rows.length, many.length)
            assert.equal(written.lines, expected(format, written.rows))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('writes long cells', () => {
    fc.assert(
      fc.property(table(['few', 'long'], 200), (rows) => {
        const made: Block = {
          rowCount: rows.length,
          columns: rows[0]!.map((_, at) => ({ kind: 'made', cells: rows.map((row) => row[at]) })),
        }
        for (const formatOf of formats) {
          const format = formatOf(rows[0]!.length)
          const written = new Written(format)
          written.add(made)
          // Longer ones are not cut.
          cutRows(
            rows.filter((row) => row.every((cell) => Buffer.byteLength(`${cell}`) < 8000)),
            rows[0]!.length,
            (block) => written.add(block),
          )
          assert.equal(written.lines, expected(format, written.rows))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('writes columns of every kind in every place, from dictionaries that grow and are replaced', () => {
    const anyCell = fc.oneof(...Object.values(cellOf), fc.string({ unit: 'binary' }), fc.constant(undefined))
    const wellFormed = anyCell.filter((cell) => cell !== undefined)
    const lone = fc.constantFrom<unknown>('\ud83d', '\udc69', '\ud83d\udc69')
    const step = fc.array(
      fc.record({
        kind: fc.constantFrom('coded', 'made', 'cut'),
        isNew: fc.nat(4).map((n) => n === 0),
        grownBy: fc.array(wellFormed, { maxLength: 12 }),
        cells: fc.array(fc.oneof({ arbitrary: wellFormed, weight: 4 }, lone), { minLength: 9, maxLength: 9 }),
        codes: fc.array(fc.nat(), { minLength: 9, maxLength: 9 }),
      }),
      { minLength: 3, maxLength: 3 },
    )
    const width = fc.integer({ min: 1, max: 3 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), width, fc.nat(9), (steps, width, rowCount) => {
        for (const formatOf of formats) {
          const format = formatOf(width)
          const written = new Written(format)
          const dictionaries = Array.from({ length: width }, () => ({ cells: ['' as unknown] }))
          for (const columns of steps) {
            const block: Column[] = columns.slice(0, width).map((column, at) => {
              const cells = column.cells.slice(0, rowCount)
              if (column.kind === 'cut')
                return (
                  cutColumn(column.grownBy, rowCount, column.isNew ? otherJson : JSON.stringify) ??
                  made(cells)
                )
              if (column.kind === 'made') return made(cells)
              if (column.isNew) dictionaries[at] = { cells: [null] }
              const dictionary = dictionaries[at]!
              dictionary.cells.push(...Array.from({ length: 9 }, () => column.grownBy).flat())
              const codes = column.codes.slice(0, rowCount).map((code) => code % dictionary.cells.length)
              return { kind: 'coded', codes: Uint32Array.from(codes), dictionary }
            })
            written.add({ rowCount, columns: block })
          }
          assert.equal(written.lines, expected(format, written.rows))
        }
      }),
      { numRuns: 200 },
    )
  })

  it('goes on after an error of textOf as if nothing had been', () => {
    const format = { ...jsonFormat(2) }
    const written = new Written(format)
    const dictionary = { cells: ['a', 'b'] as unknown[] }
    const coded = (...codes: number[]): Column => ({
      kind: 'coded',
      codes: Uint32Array.from(codes),
      dictionary,
    })
    written.add({ rowCount: 2, columns: [coded(0, 1), coded(1, 0)] })
    dictionary.cells.push('c', Number.NaN)
    assert.throws(() => written.add({ rowCount: 2, columns: [coded(0, 1), coded(0, 2)] }), TypeError)
    assert.throws(() => written.add({ rowCount: 1, columns: [made(['x']), made([Symbol('y')])] }), TypeError)
    dictionary.cells[3] = 'd'
    written.add({ rowCount: 2, columns: [coded(2, 3), made(['x', 'y'])] })
    written.add({ rowCount: 2, columns: [made(['x', 'y']), coded(1, 3)] })
    assert.equal(written.lines, expected(format, written.rows))
  })

  it('asks for the text of a cell of a dictionary once, and again where it had to forget', () => {
    let asked = 0
    const plain: LineFormat = { ...csvFormat(2), textOf: (cell) => `${cell}`.repeat(192 * 1024) }
    const counted = {
      ...plain,
      textOf: (cell: unknown) => {
        asked += 1
        return plain.textOf(cell)
      },
    }
    const text = BlockText.create(counted)!
    const write = (...dictionaries: Dictionary[]) => {
      asked = 0
      const columns = dictionaries.map(
        (dictionary): Column => ({ kind: 'coded', codes: Uint32Array.of(0, 1), dictionary }),
      )
      const rows = [0, 1].map((code) => dictionaries.map(({ cells }) => cells[code]))
      assert.ok(text.write({ rowCount: 2, columns }).equals(Buffer.from(expected(plain, rows))))
      return asked
    }
    // In millions of bytes: 12, 12, 12, 24 and 24.
    const [a, b, c, d, e] = [64, 64, 64, 128, 128].map((count, at) => ({ cells: new Array(count).fill(at) }))
    assert.equal(write(a!, b!), 128)
    assert.equal(write(a!, b!), 0)
    assert.equal(write(a!, c!), 64)
    assert.equal(write(a!, c!), 128)
    assert.equal(write(a!, c!), 0)
    assert.equal(write(d!, e!), 256)
    assert.equal(write(d!, e!), 256)
    assert.equal(write(d!, e!), 0)
    assert.equal(write(d!, e!), 0)
  })

  it('writes a line longer than all the room there was', () => {
    const format = jsonFormat(2)
    const written = new Written(format)
    const cells = ['a', 'é'.repeat(3_000_000), 'b']
    written.add({ rowCount: 3, columns: [made(cells), made(cells)] })
    assert.ok(written.lines === expected(format, written.rows))
  })

  it('is for no more than 2,048 columns', () => {
    const format = csvFormat(2048)
    const written = new Written(format)
    written.add({ rowCount: 2, columns: format.openings.map((_, at) => made([at, null])) })
    assert.equal(written.lines, expected(format, written.rows))
    assert.equal(BlockText.create(csvFormat(2049)), undefined)
  })
})

function made(cells: readonly unknown[]): MadeColumn {
  return { kind: 'made', cells }
}

/** A column cut from a body of these cells. */
function cutColumn(
  cells: readonly unknown[],
  rowCount: number,
  written: (rows: unknown) => string,
): Column | undefined {
  // A column is cut once most of its first cells were different.
  const first = Array.from({ length: 1100 }, (_, at) => [`${at}`])
  const rows = Array.from({ length: rowCount }, (_, at) => [cells[at % cells.length]])
  if (cells.length === 0 || cells.some((cell) => Buffer.byteLength(written(cell)) > 8000)) return
  const kernel = CellKernel.create(1)!
  const column: Column[] = []
  kernel.run(Buffer.from(JSON.stringify(first).slice(1)), 0, { lasting: false }, () => {})
  kernel.run(Buffer.from(written(rows).slice(1)), 0, { lasting: false }, (block) =>
    column.push(...block.columns),
  )
  return column.length === 1 ? column[0]! : undefined
}

/** JSON with escapes that need not be. */
function otherJson(rows: unknown): string {
  return JSON.stringify(rows).replaceAll('/', '\\/').replaceAll('é', '\\u00E9')
}
