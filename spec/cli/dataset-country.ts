import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Country, countryOf, type StandIn } from '../../lib/testing/index.ts'

/** A country of which a question takes a piece for each class of data. */
export function smallCountry(): Country {
  return countryOf({ seed: 7, orgUnits: 30, levels: 4, now: '2025-10-15T08:30:00.000' })
}

/** Classes that add up to the same however they are asked. */
export function itemsOf(country: Country): string[] {
  return country.dataElements.slice(0, 12).map(({ id }) => id)
}

export const months = '202507,202508,202509,202510'

/** What is asked of the country, as arguments. */
export function askedOf(country: Country): string[] {
  return ['--dx', itemsOf(country).join(), '--pe', months, '--ou', 'LEVEL-3']
}

/** What the tables have now, item by item and month by month, in order. */
export function truthOf(country: Country): string[] {
  return itemsOf(country)
    .flatMap((item) => months.split(',').map((month) => [item, month]))
    .flatMap(([item, month]) => {
      const answer = country.analytics([
        ['dimension', `dx:${item}`],
        ['dimension', `pe:${month}`],
        ['dimension', 'ou:LEVEL-3'],
      ])
      assert.ok('rows' in answer, JSON.stringify(answer))
      return [...answer.rows].map((row) => rounded(row.join()))
    })
    .sort()
}

/** The rows of all CSV files of a folder, in order. */
export async function linesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^piece-.*\.csv$/.test(name))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.flatMap((text) => text.trimEnd().split('\n').slice(1).map(rounded)).sort()
}

/** The last digits of a number are those of the order in which it was added up. */
function rounded(line: string): string {
  const at = line.lastIndexOf(',') + 1
  return line.slice(0, at) + Number(Number(line.slice(at)).toPrecision(9))
}

/** Whether data is asked for, and not what a question means. */
export const isData = ({ path, query }: { path: string; query: URLSearchParams }) =>
  path.endsWith('/analytics.json') && query.get('skipData') !== 'true'

/** How often data was asked for. */
export const dataRequests = (server: StandIn) => server.requests.filter(isData).length

/** Resolves when there are so many pieces in the journal of a folder. */
export async function untilDone(folder: string, count: number): Promise<void> {
  for (;;) {
    const text = await readFile(join(folder, '_pull.journal'), 'utf8').catch(() => '')
    if (text.split('"type":"done"').length > count) return
    await sleep(10)
  }
}
