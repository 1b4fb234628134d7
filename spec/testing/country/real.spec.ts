import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { countryOf, demoToken, startDhis2 } from '../../../lib/testing/index.ts'
import { root } from '../../support/run-script.ts'

interface Grid {
  headers: Record<string, unknown>[]
  metaData: { items: Record<string, Record<string, unknown>>; dimensions: Record<string, string[]> }
  rows: string[][]
}

const real = (name: string) =>
  JSON.parse(readFileSync(join(root, 'spec/support/recorded/2.43', `${name}.json.txt`), 'utf8')) as Grid

const country = countryOf({ seed: 3, orgUnits: 25, levels: 4 })
const { program, dataElements, dataSets } = country
const top = country.orgUnits[0]!.id
const district = country.orgUnits.find(({ level }) => level === 2)!.id
const dx = dataElements[0]!.id

async function served(t: TestContext) {
  const server = await startDhis2({ country })
  t.after(() => server.close())
  return async (path: string) => {
    const response = await fetch(`${server.url}/api/analytics${path}`, {
      headers: { authorization: `ApiToken ${demoToken}` },
    })
    return (await response.json()) as Grid
  }
}

/** What a value is made of, whatever it is: text by the form that servers write numbers and days in. */
function formOf(cell: string): string {
  if (/^\d+$/.test(cell)) return 'whole'
  if (/^\d+\.\d+$/.test(cell)) return 'decimal'
  return /^\d{4}-\d\d-\d\d$/.test(cell) ? 'day' : cell === '' ? 'nothing' : 'text'
}

const pivot = `.json?dimension=dx:${dx}&dimension=pe:2023;2024&dimension=ou:LEVEL-2;${top}`
const one = (of: string) => `.json?dimension=dx:${of}&dimension=pe:2024&dimension=ou:LEVEL-2;${top}`

describe('a country and a running 2.43.2', () => {
  const grids: [recorded: string, path: string][] = [
    ['aggregate', pivot],
    ['aggregate-skip-data', `${pivot}&skipData=true`],
    ['aggregate-empty', `.json?dimension=dx:${dx}&dimension=pe:1999&dimension=ou:${top}`],
    ['aggregate-co', `.json?dimension=dx:${dx}&dimension=pe:2024&dimension=ou:${top}&dimension=co`],
    [
      'aggregate-details',
      `.json?dimension=dx:${dx}&dimension=pe:202401&dimension=ou:${top}&includeMetadataDetails=true`,
    ],
    [
      'aggregate-hierarchy',
      `.json?dimension=dx:${dx}&dimension=pe:2024&dimension=ou:LEVEL-3;${top}&hierarchyMeta=true&showHierarchy=true`,
    ],
    ['aggregate-reporting-rate', one(`${dataSets[0]!.id}.REPORTING_RATE`)],
    ['aggregate-program-indicator', one(program.indicators[0]!.id)],
    [
      'raw-data',
      `/rawData.json?dimension=dx:${dataElements[1]!.id}&dimension=pe:202401&dimension=ou:${district}`,
    ],
    [
      'enrollments-aggregate',
      `/enrollments/aggregate/${program.id}.json?dimension=ou:LEVEL-2;${top}&dimension=pe:2024`,
    ],
  ]
  for (const [recorded, path] of grids) {
    it(`${recorded}: the same keys, headers and dimensions, and items that say as much`, async (t) => {
      const [its, ours] = [real(recorded), await (await served(t))(path)]
      const keys = (of: object) => Object.keys(of).toSorted()
      assert.deepEqual(keys(ours), keys(its))
      assert.deepEqual(ours.headers, its.headers)
      assert.deepEqual(keys(ours.metaData), keys(its.metaData))
      assert.deepEqual(keys(ours.metaData.dimensions), keys(its.metaData.dimensions))
      const forms = (grid: Grid) =>
        new Set(Object.values(grid.metaData.items).map((item) => keys(item).join()))
      const missing = [...forms(its)].filter((form) => !forms(ours).has(form))
      // Elements of the recorded server have legend sets, and its org units levels that are named with a code.
      assert.deepEqual(
        missing.filter((form) => !form.includes('legendSet')),
        [],
      )
      const cellForms = (grid: Grid) => grid.rows[0]?.map(formOf).slice(0, -1)
      if (its.rows.length) assert.deepEqual(cellForms(ours), cellForms(its))
    })
  }

  const values: [recorded: string, path: string][] = [
    ['aggregate-reporting-rate', one(`${dataSets[0]!.id}.ACTUAL_REPORTS`)],
    ['aggregate-program-indicator', one(program.indicators[0]!.id)],
    ['aggregate-co', one(dx)],
    [
      'enrollments-aggregate',
      `/enrollments/aggregate/${program.id}.json?dimension=pe:2024&dimension=ou:${top}`,
    ],
  ]
  for (const [recorded, path] of values) {
    it(`${recorded}: numbers written alike`, async (t) => {
      const formIn = ({ headers, rows }: Grid) =>
        formOf(rows[0]![headers.findIndex(({ name }) => name === 'value')]!)
      assert.equal(formIn(await (await served(t))(path)), formIn(real(recorded)))
    })
  }

  const errors: [recorded: string, path: string][] = [
    ['error-unknown-dx', '.json?dimension=dx:NotHere0001&dimension=pe:2024&dimension=ou:LEVEL-1'],
    ['error-no-period', `.json?dimension=dx:${dx}&dimension=ou:${top}`],
    ['error-bad-period', `.json?dimension=dx:${dx}&dimension=pe:2024X99&dimension=ou:${top}`],
    ['error-unknown-org-unit', `.json?dimension=dx:${dx}&dimension=pe:2024&dimension=ou:NotHere0001`],
    ['error-bad-enum', `${pivot}&aggregationType=NOPE`],
  ]
  for (const [recorded, path] of errors) {
    it(`${recorded}: the same body`, async (t) => {
      const ours = (await (await served(t))(path)) as unknown as Partial<Record<string, unknown>>
      delete ours['devMessage']
      assert.deepEqual(ours, real(recorded))
    })
  }

  const lists: [recorded: string, path: string][] = [
    [
      'events-query',
      `/events/query/${program.id}.json?dimension=ou:${top}&startDate=2024-01-01&endDate=2024-12-31&pageSize=12`,
    ],
    ['enrollments-query', `/enrollments/query/${program.id}.json?dimension=ou:${top}&pageSize=12`],
    [
      'tracked-entities-query',
      `/trackedEntities/query/${program.entityType}.json?dimension=ou:${top}&pageSize=12`,
    ],
  ]
  for (const [recorded, path] of lists) {
    it(`${recorded}: the same columns but for items, and a pager alike`, async (t) => {
      const [its, ours] = [real(recorded), await (await served(t))(path)]
      const own = new Map(ours.headers.map((header) => [header['name'], header]))
      const columns = its.headers.filter(
        ({ name }) => !/^\w{11}$/.test(String(name)) || name === 'lastupdated',
      )
      for (const header of columns.filter(({ name }) => name !== 'enrollmentgeometry')) {
        assert.deepEqual(own.get(header['name']), header)
      }
      const pagerOf = ({ metaData }: Grid) => Object.keys((metaData as unknown as { pager: object }).pager)
      assert.deepEqual(pagerOf(ours), pagerOf(its))
      assert.deepEqual(its.rows[0]!.slice(0, 3).map(formOf), ours.rows[0]!.slice(0, 3).map(formOf))
    })
  }
})
