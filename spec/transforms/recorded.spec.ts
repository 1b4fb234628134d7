import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  castCells,
  type DataValue,
  type Grid,
  type LabelCellsOptions,
  labelCells,
  parseDataValues,
  parseRows,
  type Row,
  toObjects,
} from 'dhis2-analytics-stream'
import { connected } from '../support/connected.ts'
import { root } from '../support/run-script.ts'

/** What running servers answered to the same questions, byte for byte. */
const pathOf = (version: string, name: string) =>
  join(root, 'spec/support/recorded', version, `${name}.json.txt`)
const bytes = (version: string, name: string, highWaterMark = 64 * 1024) =>
  createReadStream(pathOf(version, name), { highWaterMark })
const parsed = async <T>(version: string, name: string) =>
  JSON.parse(await readFile(pathOf(version, name), 'utf8')) as T

for (const version of ['2.43', '2.41']) {
  describe(`Recorded answers of ${version}`, () => {
    for (const name of ['raw-data', 'aggregate-hierarchy', 'events-query']) {
      for (const size of [1, 1000, 1e6]) {
        it(`${name} gives its rows, in chunks of ${size}`, async () => {
          const { rows, headers } = await parsed<Grid>(version, name)
          const stage = bytes(version, name, size).pipe(parseRows())
          assert.deepEqual(await stage.toArray(), rows)
          assert.deepEqual(stage.headers, headers)
        })
      }
    }

    it('data-value-set gives its data values', async () => {
      const { dataValues } = await parsed<{ dataValues: DataValue[] }>(version, 'data-value-set')
      assert.deepEqual(
        await bytes(version, 'data-value-set', 100).pipe(parseDataValues()).toArray(),
        dataValues,
      )
    })

    it('sql-view gives its rows, and is known to be a page', async (t) => {
      const { listGrid } = await parsed<{ listGrid: Grid }>(version, 'sql-view')
      const rows = await bytes(version, 'sql-view')
        .pipe(parseRows({ path: 'listGrid' }))
        .toArray()
      assert.deepEqual(rows, listGrid.rows)
      const { client, server } = await connected(t)
      server.serve('/api/sqlViews/dI68mLkP1wN/data.json', JSON.stringify(listGrid))
      assert.deepEqual(await client.sqlViews.rows('dI68mLkP1wN').toArray(), rows)
      server.serve('/api/sqlViews/dI68mLkP1wN/data.json', await readFile(pathOf(version, 'sql-view'), 'utf8'))
      await assert.rejects(client.sqlViews.rows('dI68mLkP1wN').toArray(), {
        name: 'TruncatedResponseError',
        expected: 795,
        received: 12,
      })
    })

    it('events-query is typed by its headers, all of it', async () => {
      const [first] = await bytes(version, 'events-query')
        .pipe(parseRows())
        .pipe(castCells({ zone: 'UTC', onError: 'error' }))
        .pipe(toObjects())
        .toArray()
      assert.equal(typeof first?.['fi7u85qffAn'], 'number')
      assert.equal(typeof first?.['iCuYn9oVkEb'], 'boolean')
      assert.equal(typeof first?.['nR4ZdOtaGHt'], 'number')
      assert.match(String(first?.['p2pDnc22dt6']), /^\d{4}-\d\d-\d\dT12:34:56\.000\+00:00$/)
      assert.match(String(first?.['r2PXrval1o2']), /^\d{4}-\d\d-\d\d$/)
    })

    it('events-query has its options named, and org units as it names them itself', async () => {
      const rows = await bytes(version, 'events-query')
        .pipe(parseRows())
        .pipe(labelCells())
        .pipe(toObjects())
        .toArray()
      for (const row of rows as Record<string, unknown>[]) {
        assert.match(String(row['R7VsQqLcIt9']), /^Patient (cured|died|lost)$/)
        assert.equal(row['FV4Thrgal97'], row['ouname'])
      }
    })

    it('aggregate-hierarchy names the ancestors that only the path of names names', async () => {
      const levelled = async (hierarchy: LabelCellsOptions['hierarchy']): Promise<Row[]> =>
        await bytes(version, 'aggregate-hierarchy')
          .pipe(parseRows())
          .pipe(labelCells({ hierarchy }))
          .toArray()
      const north = (await levelled(true)).find(([, , name]) => name === 'North district 1')
      assert.deepEqual(north?.slice(2, 6), ['North district 1', 'Testland', 'North', 'North district 1'])
      assert.deepEqual(await levelled(['Country', 'Region', 'District']), await levelled(true))
    })
  })
}
