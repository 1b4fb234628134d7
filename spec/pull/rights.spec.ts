import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { csvFiles, Dhis2Client, personalAccessToken, QueryError } from '../../lib/index.ts'
import { countryOf } from '../../lib/testing/country/index.ts'
import { demoToken, startDhis2 } from '../../lib/testing/index.ts'
import { emptyDirectory } from '../support/run-script.ts'

async function world(t: TestContext) {
  const country = countryOf({ orgUnits: 20, levels: 3 })
  const server = await startDhis2({ country })
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  return { country, server, client }
}

it('A run needs no right to read metadata that only a refresh compares', async (t) => {
  const { country, server, client } = await world(t)
  const isOther = ({ path }: { path: string }) => /\/(programIndicators|dataSets|indicators)/.test(path)
  server.misbehave({ status: 403, times: Number.POSITIVE_INFINITY, when: isOther })
  const pull = await client.analytics.plan({ dx: country.dataElements[0]!.id, pe: '2024', ou: 'LEVEL-3' })
  const into = csvFiles(join(await emptyDirectory(t), 'data'))
  let isComplete: boolean | undefined
  for await (const event of pull.run({ into }))
    if (event.type === 'finished') isComplete = event.report.isComplete
  assert.equal(isComplete, true)
  await assert.rejects(async () => {
    for await (const { type } of pull.refresh({ into })) assert.ok(type)
  }, /^Dhis2ApiError: 403/)
})

it('What counts from a period is not planned where periods are a filter', async (t) => {
  const { country, client } = await world(t)
  const { id } = country.indicators.find(({ numerator }) => numerator.includes('periodOffset'))!
  await assert.rejects(
    client.analytics.plan({ dx: id, filter: { pe: '2024' }, ou: 'LEVEL-3' }),
    (error: unknown) => error instanceof QueryError && error.message.includes(id),
  )
})
