import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { castCells, Dhis2Client, labelCells, personalAccessToken, toCsv } from '../../lib/index.ts'
import { countryOf } from '../../lib/testing/country/index.ts'
import { demoToken, startDhis2 } from '../../lib/testing/index.ts'

async function asked(t: TestContext) {
  const country = countryOf({ orgUnits: 60, dataElements: 60, levels: 4, filled: 0.9 })
  const server = await startDhis2({ country })
  const client = new Dhis2Client({ baseUrl: server.url, auth: personalAccessToken(demoToken) })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  // Of others the whole is itself not what its parts are.
  const dx = country.dataElements.filter((each) => each.aggregationType === 'SUM').map(({ id }) => id)
  const query = { dx: dx.slice(0, 6), pe: 'MONTHS_LAST_YEAR', ou: ['LEVEL-4', country.orgUnits[0]!.id] }
  return {
    client,
    query,
    rows: (split: boolean) => client.analytics.rows({ ...query, ...(split && { split }) }),
  }
}

const sorted = (lines: string) => lines.split('\n').sort()

describe('rows that are asked for in pieces', () => {
  it('give a pipeline of stages what one request gives', async (t) => {
    const { rows } = await asked(t)
    const csvOf = (split: boolean) =>
      text(
        rows(split)
          .through(castCells(), labelCells({ mode: 'add' }))
          .pipe(toCsv()),
      )
    const [whole, pieces] = [await csvOf(false), await csvOf(true)]
    assert.ok(whole.length > 10_000)
    assert.deepEqual(sorted(pieces), sorted(whole))
  })

  it('are there once, whoever else listens, comes late or leaves', async (t) => {
    const { rows } = await asked(t)
    const whole = sorted(await text(rows(false).pipe(toCsv())))
    const stream = rows(true)
    const seen: string[] = []
    let late: (() => void) | undefined
    stream.on('headers', () => {
      late = () => stream.on('data', (row) => seen.push(String(row)))
    })
    const csv = toCsv()
    const lines: Buffer[] = []
    await pipeline(
      stream,
      csv,
      new Writable({
        write(chunk, _, done) {
          lines.push(chunk)
          late?.()
          late = undefined
          setImmediate(done)
        },
      }),
    )
    assert.deepEqual(sorted(Buffer.concat(lines).toString()), whole)
    assert.equal(csv.rowCount, stream.rowCount)
    assert.equal(new Set(seen).size, seen.length)
  })

  it('end with whoever takes them', async (t) => {
    const { rows } = await asked(t)
    const stream = rows(true)
    const full = new Error('full')
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(full) })
    await assert.rejects(pipeline(stream, toCsv(), sink), full)
    assert.ok(stream.destroyed)
  })
})
