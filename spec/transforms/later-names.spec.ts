import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { labelCells, mapRows, type RowStream, selectColumns, toCsv } from 'dhis2-analytics-stream'
import { mergeMetaData } from '../../lib/grid/merge-meta-data.ts'
import type { MetaData } from '../../lib/index.ts'
import { announcedRows, failureOf, header, through } from '../support/stages.ts'

const options = (...codes: string[]) =>
  codes.map((code) => ({ uid: `u${code}`, code, name: `Option ${code}` }))
const headers = [header('ou'), header('de', 'TEXT', { optionSet: 'os' })]

/** What a list says page by page: of each page the options that its rows have. */
const pages: Record<string, (code: string, ou: string) => MetaData> = {
  'items of their own': (code, ou) => ({
    items: { [`u${code}`]: options(code)[0]!, [ou]: { name: `Unit ${ou}` } },
    dimensions: { de: [`u${code}`], ou: [ou] },
  }),
  'options of the option set': (code, ou) => ({
    items: { os: { uid: 'os', options: options(code) }, [ou]: { name: `Unit ${ou}` } },
    dimensions: { ou: [ou] },
  }),
}

/** Rows whose metaData gains what each page says, before its rows. */
function list(said: readonly MetaData[], rows: readonly unknown[][]): RowStream {
  let stream: RowStream | undefined
  function* paged() {
    for (const [i, row] of rows.entries()) {
      Object.assign(stream!, { metaData: mergeMetaData(stream!.metaData, said[i]!) })
      yield row
    }
  }
  stream = announcedRows(headers, paged(), said[0]) as unknown as RowStream
  return stream
}

const rows = [
  ['a', '1'],
  ['b', '2'],
  ['c', '3'],
]

describe('labelCells, of what was met on later pages', () => {
  for (const [how, page] of Object.entries(pages)) {
    const said = rows.map(([ou, code]) => page(code!, ou!))
    const labelled = [
      ['Unit a', 'Option 1'],
      ['Unit b', 'Option 2'],
      ['Unit c', 'Option 3'],
    ]

    it(`names it: ${how}`, async () => {
      assert.deepEqual(await list(said, rows).pipe(labelCells()).toArray(), labelled)
    })

    it(`names it through the stages between: ${how}`, async () => {
      const stage = list(said, rows)
        .pipe(mapRows((row) => row))
        .pipe(selectColumns(['de', 'ou']))
      const out = await stage.pipe(labelCells()).toArray()
      assert.deepEqual(
        out,
        labelled.map(([ou, de]) => [de, ou]),
      )
      assert.ok(Object.keys(stage.metaData?.items ?? {}).includes('c'))
    })
  }

  it('gives them their levels, and fails where these are more than were announced', async () => {
    const page = (ou: string, path: string): MetaData => ({
      items: { [ou]: { name: `Unit ${ou}` }, os: {} },
      ouHierarchy: { [ou]: path },
    })
    const said = [page('a', 'x'), page('b', 'x'), page('c', 'x/y')]
    const levels = (hierarchy: boolean | string[]) =>
      list(said, rows)
        .pipe(labelCells({ hierarchy, columns: ['ou'] }))
        .toArray()
    const deep = { name: 'QueryError', message: /another depth came later; name all levels/ }
    await assert.rejects(levels(true), deep)
    assert.deepEqual(await levels(['1', '2', '3']), [
      ['Unit a', 'x', 'Unit a', null, '1'],
      ['Unit b', 'x', 'Unit b', null, '2'],
      ['Unit c', 'x', 'y', 'Unit c', '3'],
    ])
  })
})

describe('metaData put together', () => {
  it('is the same object where a page says nothing new, and another around the same items where it does', () => {
    const first: MetaData = { items: { a: { name: 'A' } }, dimensions: { ou: ['a'] } }
    assert.equal(mergeMetaData(first, { items: { a: { name: 'other' } }, dimensions: { ou: ['a'] } }), first)
    const second = mergeMetaData(first, { items: { b: { name: 'B' } }, dimensions: { ou: ['b', 'b'] } })
    assert.notEqual(second, first)
    assert.equal(second.items, first.items)
    assert.deepEqual(second, {
      items: { a: { name: 'A' }, b: { name: 'B' } },
      dimensions: { ou: ['a', 'b'] },
    })
  })
})

describe('labelCells, of metaData with nulls where others leave a field out', () => {
  const row = ['a', '1']
  const said: Record<string, unknown>[] = [
    { items: { a: null, os: null }, dimensions: null, names: null },
    { items: { a: { name: null, options: null } }, dimensions: { ou: null, de: [null, 'x'] } },
    { items: { os: { options: [null, { code: null }] } }, dimensions: {} },
    { items: null, names: { a: null } },
    { items: { a: { name: 'A' } }, ouHierarchy: { a: null }, ouNameHierarchy: null },
    { items: { a: 'A', b: 7, os: [] }, ouNameHierarchy: { a: null, b: 7 } },
  ]
  for (const metaData of said) {
    it(`keeps the id: ${JSON.stringify(metaData)}`, async () => {
      const hierarchy = 'ouHierarchy' in metaData || 'ouNameHierarchy' in metaData
      const { out } = await through(
        { headers, rows: [row], metaData: metaData as MetaData },
        labelCells({ mode: 'add', hierarchy }),
      )
      assert.equal((out[0] as unknown[])[0], 'a')
    })
  }

  for (const metaData of [{ items: null }, null, { names: null }]) {
    it(`says what is missing: ${JSON.stringify(metaData)}`, async () => {
      const error = await failureOf(
        through({ headers, rows: [row], metaData: metaData as never }, labelCells(), toCsv()),
      )
      assert.match(String(error), /^(QueryError|UnexpectedContentError|GridFormatError)/)
    })
  }
})
