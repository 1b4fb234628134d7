import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { BoundCell } from '../../lib/sinks/sqlite/connection.ts'
import { placesOf, StoredCells } from '../../lib/sinks/sqlite/stored-cells.ts'
import { TablePages } from '../../lib/sinks/sqlite/table-pages.ts'
import { ask, newPath } from '../support/sqlite-drivers.ts'

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm')

/** A database of these rows, which SQLite has looked through. */
async function opened(t: TestContext, pageSize: number, rows: readonly (readonly BoundCell[])[], width = 1) {
  const pages = new TablePages(pageSize)
  const made: Buffer[] = []
  for (let at = 0; at < rows.length; at += 100) {
    const some = rows.slice(at, at + 100)
    const columns = Array.from({ length: width }, (_, column) => {
      const cells = new StoredCells({ encoding: 'UTF-8', isReal: false })
      for (const row of some) cells.add(row[column]!)
      return { cells, places: placesOf(some.length) }
    })
    pages.addRows(columns, some.length)
    made.push(...pages.take())
  }
  const names = Array.from({ length: width }, (_, at) => `c${at}`)
  const first = pages.end(`CREATE TABLE rows (${names})`, 'UTF-8')
  made.push(...pages.take())
  const path = await newPath(t)
  await writeFile(path, Buffer.concat([first, ...made.slice(1)]))
  const database = new Database(path)
  t.after(() => database.close())
  assert.deepEqual(ask(database, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  return database
}

/** What SQLite says that a value is, with its type. */
function quoted(cell: BoundCell): string {
  if (cell === null) return 'NULL'
  if (cell instanceof Uint8Array) return `X'${Buffer.from(cell).toString('hex').toUpperCase()}'`
  return typeof cell === 'string' ? `'${cell.replaceAll("'", "''")}'` : String(cell)
}

const integer = fc
  .tuple(
    fc.constantFrom(0n, 7n, 8n, 15n, 16n, 23n, 31n, 32n, 47n, 48n, 62n),
    fc.bigInt({ min: -2n, max: 1n }),
  )
  .map(([bits, more]) => 2n ** bits + more)
  .chain((number) => fc.constantFrom(number, -number))
const cell: fc.Arbitrary<BoundCell> = fc.oneof(
  fc.constant(null),
  integer,
  integer.filter((number) => BigInt.asIntN(53, number) === number).map(Number),
  fc.constantFrom('', 'a', '😀', "it's", 'Kédougou', '202401'),
  // Around what fits into pages.
  fc
    .tuple(fc.constantFrom(100, 470, 500, 980, 1000, 2500), fc.integer({ min: 0, max: 30 }))
    .map(([length, more]) => 'é'.repeat(more) + 'x'.repeat(length)),
  fc.uint8Array({ maxLength: 700 }),
)

describe('the pages of a table of SQLite', () => {
  it('have every cell, of any length', async (t) => {
    const table = fc
      .integer({ min: 1, max: 150 })
      .chain((width) =>
        fc.tuple(
          fc.constant(width),
          fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 40 }),
        ),
      )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(4096, 65_536), table, async (pageSize, [width, rows]) => {
        const database = await opened(t, pageSize, rows, width)
        const names = Array.from({ length: width }, (_, at) => `quote(c${at}) AS c${at}`)
        const found = ask(database, `SELECT ${names} FROM rows`).map((row) => Object.values(row))
        assert.deepEqual(
          found,
          rows.map((row) => row.map(quoted)),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('have fractions as they are', async (t) => {
    const rows = [0.1, -1.5e300, 5e-324, 2 ** 63].map((number) => [number])
    const database = await opened(t, 512, rows)
    assert.deepEqual(
      ask(database, 'SELECT c0, typeof(c0) AS type FROM rows'),
      rows.map(([c0]) => ({ c0, type: 'real' })),
    )
  })

  it('are a tree of any depth, in the order of the rows', async (t) => {
    // Of the smallest pages, with one row in each: a page above has 34 of them at most.
    for (const size of [0, 1, 2, 34, 35, 69, 1156, 1157, 40_000]) {
      const rows = Array.from({ length: size }, (_, i) => [`text of the row ${i}`.padEnd(300)])
      const database = await opened(t, 512, rows)
      const [counted] = ask(
        database,
        `SELECT count(*) AS size, sum(rtrim(c0) = 'text of the row ' || (rowid - 1)) AS same, max(rowid) AS last FROM rows`,
      )
      assert.deepEqual(counted, { size, same: size || null, last: size || null })
      const [found] = ask(database, `SELECT c0 FROM rows WHERE rowid = ${Math.ceil(size / 2)}`)
      assert.equal(found?.['c0'], rows[Math.ceil(size / 2) - 1]?.[0])
    }
  })
})
