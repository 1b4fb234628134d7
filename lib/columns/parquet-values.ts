import type { Cells, CodedCells, PlainCells, ValueCells } from './cells.ts'
import { numberDictionary } from './number-dictionary.ts'
import { plainNumbers, type Range, rangeOfNumbers } from './parquet-plain.ts'
import { Texts } from './parquet-texts.ts'

/** The values of a column's cells, as Parquet has them: those that are there, one after the other. */
export interface ParquetValues {
  /** Of each cell 1 where it has a value, and 0 where it is null; undefined where all have one. */
  readonly levels: Int32Array | undefined
  readonly count: number
  /** All of them; or, where there are codes, those of the dictionary that the codes are places in. */
  readonly plain: Buffer
  readonly codes: Int32Array | undefined
  readonly entryCount: number
  readonly range: Range | undefined
}

/** Text of which so many cells hardly repeat has no dictionary. */
const cellsLookedAt = 1024

export function valuesOf(cells: Cells): ParquetValues {
  switch (cells.kind) {
    case 'plain':
      return ofPlain(cells)
    case 'text':
      return ofCodes(cells)
    default:
      return ofNumbers(cells)
  }
}

function ofNumbers({ kind, values, isFull }: ValueCells): ParquetValues {
  const { length } = values
  let count = isFull ? length : 0
  for (let i = 0; !isFull && i < length; i++) if (!Number.isNaN(values[i]!)) count++
  let levels: Int32Array | undefined
  let present = values as Float64Array
  if (count < length) {
    levels = new Int32Array(length)
    present = new Float64Array(count)
    for (let i = 0, to = 0; i < length; i++) {
      if (Number.isNaN(values[i])) continue
      levels[i] = 1
      present[to++] = values[i]!
    }
  }
  const dictionary = kind === 'boolean' ? undefined : numberDictionary(present)
  const entries = dictionary?.entries ?? present
  return {
    levels,
    count,
    plain: plainNumbers(kind, entries),
    codes: dictionary?.codes,
    entryCount: entries.length,
    range: rangeOfNumbers(kind, entries),
  }
}

function ofCodes({ codes, dictionary, isFull }: CodedCells): ParquetValues {
  const { length } = codes
  let count = isFull ? length : 0
  for (let i = 0; !isFull && i < length; i++) if (codes[i]! >= 0) count++
  let levels: Int32Array | undefined
  let present = codes
  if (count < length) {
    levels = new Int32Array(length)
    present = new Int32Array(count)
    for (let i = 0, to = 0; i < length; i++) {
      if (codes[i]! < 0) continue
      levels[i] = 1
      present[to++] = codes[i]!
    }
  }
  const repeats = count < cellsLookedAt || dictionary.length * 2 <= count
  const listed = Texts.of(dictionary)
  return {
    levels,
    count,
    plain: repeats ? listed.plain() : listed.plain(present),
    codes: repeats ? present : undefined,
    entryCount: repeats ? dictionary.length : count,
    range: listed.range(),
  }
}

function ofPlain({ offsets, bytes }: PlainCells): ParquetValues {
  const levels = new Int32Array(offsets.length - 1)
  const present = new Int32Array(levels.length)
  let count = 0
  for (let i = 0; i < levels.length; i++) {
    if (offsets[i] === offsets[i + 1]) continue
    levels[i] = 1
    present[count++] = i
  }
  const texts = new Texts(offsets, bytes)
  const places = present.subarray(0, count)
  return {
    levels: count < levels.length ? levels : undefined,
    count,
    plain: texts.plain(places),
    codes: undefined,
    entryCount: count,
    range: texts.range(places),
  }
}
