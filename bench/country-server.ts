/**
 * A stand-in of a large country, in a process of its own. Prints its origin and a question to it, as JSON, when it listens.
 * Of a month that it is told it edits some values, makes its tables anew, and prints which those were. Ends with its stdin.
 *
 *     node out/bench/country-server.js '{"orgUnits":21000,"dataElements":2000}'
 */
import { createInterface } from 'node:readline'
import { countryOf, demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

/** The first data elements are one of each class; what lies behind them are sums by month. */
const classes = 200

const country = countryOf({ levels: 5, indicators: 0, ...JSON.parse(process.argv[2]!) })
const server = await startDhis2({ country })
const dx = country.dataElements.slice(classes).map(({ id }) => id)
const level = country.orgUnits.reduce((most, unit) => Math.max(most, unit.level), 0)
const reporting = country.enteredBy(dx[0]!).map(({ id }) => id)
print({ origin: server.url, token: demoToken, dx, ou: [`LEVEL-${level}`, country.orgUnits[0]!.id] })

for await (const pe of createInterface({ input: process.stdin })) {
  // Late reports: of some org units, side by side in the tree, a quarter of all data elements.
  const places = reporting.slice(0, reporting.length / 10)
  const edits = places.flatMap((ou, at) =>
    dx.filter((_, n) => (n + at) % 4 === 0).map((each) => ({ dx: each, pe, ou })),
  )
  for (const edit of edits) country.edit({ dataElement: edit.dx, period: pe, orgUnit: edit.ou, value: 7 })
  country.advance(3_600_000)
  country.rebuild()
  country.advance(3_600_000)
  print({ pe, ou: places })
}
process.exit()

function print(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
