import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cli } from '../../support/cli.ts'
import { standIn } from '../../support/stand-in-env.ts'
import { dataRequests, smallCountry } from '../dataset-country.ts'

describe('what a server would drop in silence', () => {
  const country = smallCountry()
  const own = standIn({ country })
  const [element, other] = country.dataElements.map(({ id }) => id)
  const pull = (typed: string) => cli(['pull', '--pe', '202507', ...typed.split(' ')], { env: own.env })

  const cases: readonly (readonly [typed: string, unknown: string])[] = [
    [`--dx ${element},ANC1 --ou LEVEL-2`, 'ANC1'],
    ['--dx ANC1 --ou LEVEL-2', 'ANC1'],
    [`--dx ${element},${element}.NotHere0001 --ou LEVEL-2`, `${element}.NotHere0001`],
    [`--dx ${element},DE_GROUP-NotHere0001 --ou LEVEL-2`, 'DE_GROUP-NotHere0001'],
    [`--dx ${element} --ou LEVEL-2,Bo`, 'Bo'],
    [`--dx ${element} --ou LEVEL-2,LEVEL-9`, 'LEVEL-9'],
    [`--dx ${element} --ou LEVEL-2,OU_GROUP-NotHere0001`, 'OU_GROUP-NotHere0001'],
    [`--dx ${element} --filter ou:LEVEL-2;NotHere0001`, 'NotHere0001'],
    [`--dimension dx:${element};NotHere0001 --ou LEVEL-2`, 'NotHere0001'],
    [`--param dimension=dx:${element};NotHere0001 --ou LEVEL-2`, 'NotHere0001'],
    [`--dx ${element} --ou LEVEL-2 --dimension NotHere0001:NotHere0002`, 'NotHere0002'],
    [`--endpoint rawData --dx ${element},NotHere0001 --ou LEVEL-2,Bo`, 'NotHere0001, Bo'],
  ]
  for (const [typed, unknown] of cases) {
    it(`is named before anything is pulled: ${typed}`, async () => {
      const before = dataRequests(own.server)
      const { code, stdout, stderr } = await pull(typed)
      assert.deepEqual([code, stdout], [2, ''])
      assert.ok(stderr.startsWith(`dhis2-analytics: The server does not know ${unknown}, or you `), stderr)
      assert.equal(dataRequests(own.server), before)
    })
  }

  it('is named before a download too', async () => {
    const typed = ['--dx', `${element},NotHere0001`, '--pe', '202507', '--ou', 'LEVEL-2']
    const download = ['download', '--endpoint', 'analytics.csv', ...typed]
    const { code, stdout, stderr } = await cli(download, { env: own.env })
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /The server does not know NotHere0001, /)
  })

  for (const typed of [
    `--dx ${element}.*,${other} --ou LEVEL-2,USER_ORGUNIT_CHILDREN`,
    `--dx ${element} --ou ${country.orgUnits[0]!.id} --dimension co`,
    `--dx ${element} --filter ou:LEVEL-2`,
  ]) {
    it(`is not what it knows: ${typed}`, async () => {
      const { code, stdout, stderr } = await pull(typed)
      assert.deepEqual([code, stderr], [0, ''])
      assert.ok(stdout.split('\n').length > 2)
    })
  }

  it('is looked for as far as the server says', async () => {
    own.server.misbehave({ status: 500, when: ({ query }) => query.get('skipMeta') === 'true' })
    assert.equal((await pull(`--dx ${element} --ou LEVEL-2`)).code, 4)
  })
})
