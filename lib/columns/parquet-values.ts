import type { Cells, CodedCells, PlainCells, ValueCells } from './cells.ts'
import { numberDictionary } from './number-dictionary.ts'
import { plainNumbers, plainTexts, type Range, rangeOfNumbers, rangeOfTexts } from './parquet-plain.ts'

/** The values of a column's cells, as Parquet has them: those that are there, one after the other. */
export interface ParquetValues {
  /** Of each cell 1 where it has a value, and 0 where it is null; undefined where all have one. */
  readonly levels: Uint8Array | undefined
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

function ofNumbers({ kind, values }: ValueCells): ParquetValues {
  const levels = new Uint8Array(values.length)
  let present = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    levels[i] = 1
    present[count++] = value
  }
  present = present.subarray(0, count)
  const dictionary = kind === 'boolean' ? undefined : numberDictionary(present)
  const entries = dictionary?.entries ?? present
  return {
    levels: count === values.length ? undefined : levels,
    count,
    plain: plainNumbers(kind, entries),
    codes: dictionary?.codes,
    entryCount: entries.length,
    range: rangeOfNumbers(kind, entries),
  }
}

function ofCodes({ codes, dictionary }: CodedCells): ParquetValues {
  const levels = new Uint8Array(codes.length)
  let present = new Int32Array(codes.length)
  let count = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code < 0) continue
    levels[i] = 1
    present[count++] = code
  }
  present = present.subarray(0, count)
  const repeats = count < cellsLookedAt || dictionary.length * 2 <= count
  const listed = dictionary.map((text) => Buffer.from(text))
  const texts = repeats ? listed : Array.from(present, (code) => listed[code]!)
  return {
    levels: count === codes.length ? undefined : levels,
    count,
    plain: plainTexts(texts),
    codes: repeats ? present : undefined,
    entryCount: texts.length,
    range: rangeOfTexts(listed),
  }
}

function ofPlain({ offsets, bytes }: PlainCells): ParquetValues {
  const levels = new Uint8Array(offsets.length - 1)
  const texts: Uint8Array[] = []
  for (let i = 0; i < levels.length; i++) {
    if (offsets[i] === offsets[i + 1]) continue
    levels[i] = 1
    texts.push(bytes.subarray(offsets[i]!, offsets[i + 1]!))
  }
  return {
    levels: texts.length === levels.length ? undefined : levels,
    count: texts.length,
    plain: plainTexts(texts),
    codes: undefined,
    entryCount: texts.length,
    range: rangeOfTexts(texts),
  }
}
