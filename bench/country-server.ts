/**
 * A stand-in of a large country, in a process of its own. Prints its origin and a question to it, as JSON, when it listens;
 * ends with its stdin.
 *
 *     node out/bench/country-server.js '{"orgUnits":21000,"dataElements":2000}'
 */
import { countryOf, demoToken, startDhis2 } from 'dhis2-analytics-stream/testing'

const country = countryOf({ levels: 5, indicators: 0, ...JSON.parse(process.argv[2]!) })
const server = await startDhis2({ country })
const leaves = country.orgUnits.reduce((most, { level }) => Math.max(most, level), 0)
const facts = {
  origin: server.url,
  token: demoToken,
  // The first of its data elements are one of each class; what lies behind them are sums by month.
  dx: country.dataElements.slice(-1800).map(({ id }) => id),
  ou: [`LEVEL-${leaves}`, country.orgUnits[0]!.id],
}
process.stdout.write(`${JSON.stringify(facts)}\n`)
process.stdin.on('end', () => process.exit()).resume()
