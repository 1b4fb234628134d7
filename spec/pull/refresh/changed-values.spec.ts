import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Asker } from '../../../lib/asking/asker.ts'
import { listedOrgUnits } from '../../../lib/asking/org-units.ts'
import { serverOf } from '../../../lib/http/server-of.ts'
import { Dhis2ApiError, Dhis2Client, personalAccessToken } from '../../../lib/index.ts'
import { changedValues } from '../../../lib/pull/refresh/changed-values.ts'
import { hierarchyOf, parentsOf } from '../../../lib/pull/refresh/hierarchy.ts'
import { topsOf, widened } from '../../../lib/pull/refresh/tops.ts'
import { countryOf } from '../../../lib/testing/country/index.ts'
import { demoToken, type RecordedRequest, startDhis2 } from '../../../lib/testing/index.ts'

async function world(t: TestContext) {
  const country = countryOf({ orgUnits: 600, levels: 4, filled: 0.2 })
  const server = await startDhis2({ country })
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  const above = country.orgUnits.filter(({ level }) => level === 2).map(({ id }) => id)
  const facilities = country.orgUnits.filter(({ level }) => level === 4).map(({ id }) => id)
  const isReported = ({ id }: { id: string }) => country.enteredBy(id).some(({ level }) => level === 4)
  const { id: element } = country.dataElements.find(isReported)!
  const edited = country.enteredBy(element).filter(({ level }, at) => level === 4 && at % 7 === 0)
  for (const { id } of edited) country.edit({ dataElement: element, period: '202501', orgUnit: id, value: 7 })
  const asked = async () => {
    const values = new Set<string>()
    const asker = new Asker(serverOf('spec', client), {}, new AbortController().signal)
    const options = {
      elements: [element],
      orgUnits: facilities,
      hierarchy: hierarchyOf(parentsOf(await listedOrgUnits<{ path: string }>(asker, '/api', 'path'))),
      sinceMs: Date.parse(`${country.now}Z`) - 60_000,
    }
    await changedValues(asker, options, ({ orgUnit }) => void values.add(orgUnit!))
    return [...values].sort()
  }
  const roots = () =>
    server.requests.flatMap(({ path, query }) =>
      path.endsWith('/dataValueSets.json') ? [query.getAll('orgUnit')] : [],
    )
  const asks = (id: string) => (request: RecordedRequest) => request.query.getAll('orgUnit').includes(id)
  return { server, above, facilities, edited: edited.map(({ id }) => id).sort(), asked, roots, asks }
}

function refusal(status: number) {
  const body = { httpStatus: 'Conflict', httpStatusCode: status, status: 'ERROR', errorCode: 'E2012' }
  return { status, body: JSON.stringify({ ...body, message: 'User is not allowed to view org unit' }) }
}

describe('values that have changed', () => {
  it('are asked of few org units above where all facilities are asked for', async (t) => {
    const { asked, edited, roots, above } = await world(t)
    assert.deepEqual(await asked(), edited)
    assert.deepEqual(roots(), [above])
  })

  it('are asked of each facility where the user may not see what is above them', async (t) => {
    const { server, asked, edited, roots, asks, facilities, above } = await world(t)
    server.misbehave({ ...refusal(409), when: asks(above[0]!), times: Number.POSITIVE_INFINITY })
    assert.deepEqual(await asked(), edited)
    assert.deepEqual(roots()[0], above)
    assert.deepEqual(roots().slice(1).flat().sort(), facilities.toSorted())
  })

  it('fail with what the server says where that too is refused', async (t) => {
    const { server, asked } = await world(t)
    server.misbehave({ ...refusal(409), times: Number.POSITIVE_INFINITY })
    await assert.rejects(asked(), Dhis2ApiError)
  })
})

describe('the org units at the top', () => {
  const paths = ['/a', '/a/b', '/a/c', '/a/d', '/a/b/1', '/a/b/2', '/a/b/3', '/a/c/4', '/a/c/5', '/a/c/6']
  const hierarchy = hierarchyOf(parentsOf(paths.map((path) => ({ path }))))
  const cases: [string, string[], number, string[]][] = [
    ['stay where they are few', ['1', '2', '3'], 3, ['1', '2', '3']],
    ['become their parent where most of its children are there', ['1', '2', '4'], 2, ['b', '4']],
    ['become one, further and further up', ['1', '2', '3', '4', '5'], 1, ['a']],
    ['stay where each is one of many', ['1', '4'], 1, ['1', '4']],
    ['are told once', ['1', '2', '3', 'b'], 1, ['b']],
    ['may be unknown', ['x', 'y'], 1, ['x', 'y']],
  ]
  for (const [what, ids, most, tops] of cases) {
    it(what, () => assert.deepEqual(widened(topsOf(ids, hierarchy), most, hierarchy), tops))
  }
})
