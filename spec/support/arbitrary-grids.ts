import fc from 'fast-check'
import { type PlainGrid, writings } from './grids.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    '],[',
    '"],["',
    '\\"],[\\"',
    '"rows":[["',
    'rows',
    'headers',
    '\\',
    '"',
    '\u2028',
    '__proto__',
  ),
)

/** On Node 24 and 26 `JSON.parse` takes other keys of one character for this one, once it has met it (see FAULTS.md). */
const isMisread = Number(process.versions.node.split('.', 1)[0]) >= 24
const key = text.filter((name) => !(isMisread && name === '\\'))

/** Values whose keys are safe on every Node. */
const value = (maxDepth: number) =>
  fc.jsonValue({ maxDepth }).filter((json) => !(isMisread && JSON.stringify(json).includes('"\\\\":')))

/** A cell of any JSON type, mostly text as current servers send it. */
export const cell: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: value(3) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>([[]], [[[1], [2]]], { rows: [['x']] }, null, true, -0.5e-7),
  },
)

const header = fc.record(
  {
    name: text,
    column: text,
    valueType: fc.constantFrom('TEXT', 'NUMBER', 'NEW_TYPE'),
    hidden: fc.boolean(),
  },
  { requiredKeys: ['name'] },
)

const metaData = fc.dictionary(key, value(3), { maxKeys: 4 })

const knownKeys = ['headers', 'rows', 'height', 'dataValues']

const otherFields = fc
  .dictionary(key, value(2), { maxKeys: 3 })
  .map((fields) => Object.entries(fields).filter(([key]) => !knownKeys.includes(key)))

/** Any grid, its keys in any order. */
export const anyGrid: fc.Arbitrary<PlainGrid> = fc
  .tuple(fc.array(header, { maxLength: 5 }), fc.option(metaData), otherFields, fc.boolean())
  .chain(([headers, meta, others, withHeight]) =>
    fc
      .array(fc.array(cell, { minLength: headers.length, maxLength: headers.length }), { maxLength: 8 })
      .chain((rows) => {
        const fields: [string, unknown][] = [['headers', headers], ['rows', rows], ...others]
        if (meta) fields.push(['metaData', meta])
        if (withHeight) fields.push(['height', rows.length])
        return fc
          .shuffledSubarray(fields, { minLength: fields.length })
          .map((shuffled) => Object.fromEntries(shuffled) as PlainGrid)
      }),
  )

/** The bytes of any grid, written in any of the ways. */
export const anyGridBytes: fc.Arbitrary<Buffer> = fc
  .tuple(anyGrid, fc.constantFrom('compact', 'compact', 'indented', 'with CRLF and tabs'))
  .map(([grid, writing]) => Buffer.from(writings[writing]!(grid)))

/** Where to cut a body into chunks. */
export const anyCuts: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 100_000 }), { maxLength: 20 })

/** Something that goes wrong with bytes: some replaced, put in, cut out, repeated, or all from there on lost. */
export interface Damage {
  kind: 'replace' | 'insert' | 'remove' | 'repeat' | 'truncate'
  /** Taken modulo the length. */
  place: number
  length: number
  some: string | Uint8Array
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'repeat', 'truncate'),
  place: fc.nat({ max: 100_000 }),
  length: fc.nat({ max: 12 }),
  some: fc.oneof(
    fc.constantFrom(...'{}[],:"\\ \n0-.eEtfn1x', '],[', '[]', '{}', ',,', 'null', '"a"', '\u00a0', '\uFEFF'),
    fc.uint8Array({ minLength: 1, maxLength: 3 }),
  ),
})

export function damaged(bytes: Buffer, { kind, place, length, some }: Damage): Buffer {
  const at = place % (bytes.length + 1)
  const inserted = Buffer.from(some as string)
  const before = bytes.subarray(0, at)
  const hit = bytes.subarray(at, at + length)
  switch (kind) {
    case 'replace':
      return Buffer.concat([before, inserted, bytes.subarray(at + inserted.length)])
    case 'insert':
      return Buffer.concat([before, inserted, bytes.subarray(at)])
    case 'remove':
      return Buffer.concat([before, bytes.subarray(at + length)])
    case 'repeat':
      return Buffer.concat([before, hit, bytes.subarray(at)])
    case 'truncate':
      return before
    default:
      return kind satisfies never
  }
}
