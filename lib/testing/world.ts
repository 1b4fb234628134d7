import { between, pick, type Random, randomFrom, uid } from './random.ts'

/** Anything with an id and a name: a data element, an indicator, a period. */
export interface Named {
  id: string
  name: string
}

/** An organisation unit. `level` counts from 1, the country; `path` holds the names from there down to it, `ids` the ids. */
export interface OrgUnit extends Named {
  code: string
  level: number
  path: readonly string[]
  ids: readonly string[]
}

/** A small country to report from, the same one for the same seed. */
export interface World {
  /** So many data elements and indicators, the well known ones first. */
  dataItems(count: number): Named[]
  /** So many months up to December 2025, oldest first: `{ id: '202401', name: 'January 2024' }`. */
  months(count: number): Named[]
  /** So many organisation units from the country down: districts, chiefdoms, then facilities. */
  orgUnits(count: number): OrgUnit[]
}

// The ids of the public demo database, which readers of the DHIS2 documentation have met before.
const wellKnownData: readonly (readonly [string, string])[] = [
  ['fbfJHSPpUQD', 'ANC 1st visit'],
  ['cYeuwXTCPkU', 'ANC 2nd visit'],
  ['Jtf34kNZhzP', 'ANC 3rd visit'],
  ['hfdmMSPBgLG', 'ANC 4th or more visits'],
  ['s46m5MS0hxu', 'BCG doses given'],
  ['l6byfWFUGaP', 'Yellow Fever doses given'],
  ['Uvn6LCg7dVU', 'ANC 1 Coverage'],
  ['OdiHJayrsKo', 'ANC 2 Coverage'],
  ['sB79w2hiLp8', 'ANC 3 Coverage'],
  ['FnYCr2EAzWS', 'BCG Coverage <1y'],
]
const otherData = [
  'Malaria cases confirmed',
  'Malaria cases treated with ACT',
  'Measles doses given',
  'Penta 3 doses given',
  'OPV 3 doses given',
  'Live births',
  'Births attended by skilled health personnel',
  'Maternal deaths',
  'Postnatal visit within 48 hours',
  'Diarrhoea cases treated with ORS',
  'Pneumonia cases in children',
  'Acute malnutrition, severe',
  'Vitamin A given',
  'ITN given to pregnant women',
  'TB cases notified',
  'HIV tests performed',
  'Stock out of amoxicillin, days',
  'Outpatient visits, all causes',
]
const disaggregations = [
  '',
  ' (Fixed, <1y)',
  ' (Fixed, >1y)',
  ' (Outreach, <1y)',
  ' (Outreach, >1y)',
  ' (Male, <5y)',
  ' (Female, <5y)',
]
const districts: readonly (readonly [string, string])[] = [
  ['O6uvpzGd5pu', 'Bo'],
  ['fdc6uOvgoji', 'Bombali'],
  ['lc3eMKXaEfw', 'Bonthe'],
  ['jUb8gELQApl', 'Kailahun'],
  ['PMa2VCrupOd', 'Kambia'],
  ['kJq2mPyFEHo', 'Kenema'],
  ['qhqAxPSTUXp', 'Koinadugu'],
  ['Vth0fbpFcsO', 'Kono'],
  ['jmIPBj66vD6', 'Moyamba'],
  ['TEQlaapDQoK', 'Port Loko'],
  ['bL4ooGhyHRQ', 'Pujehun'],
  ['eIQbndfxQMb', 'Tonkolili'],
  ['at6UHUQatSo', 'Western Area'],
]
const chiefdomsPerDistrict = 8
const facilityTypes = ['CHC', 'CHP', 'MCHP', 'Clinic', 'Hospital', 'Poste de santé']
const firstSyllables = [
  'Nge',
  'Mako',
  'Gbo',
  'Ya',
  'Ka',
  'Kédou',
  'Ta',
  'Blama',
  'Jim',
  'Pe',
  'Se',
  'Tikon',
  'Ro',
]
const lastSyllables = ['lehun', 'ma', 'bu', 'gou', 'ndu', 'korie', 'mi', 'la', 'hun', 'ti', 'wala', 'ya']
export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** The world of a seed. */
export function worldOf(seed: number): World {
  return {
    dataItems: (count) => dataItems(randomFrom(seed), count),
    months,
    orgUnits: (count) => orgUnits(randomFrom(seed + 1), count),
  }
}

function dataItems(random: Random, count: number): Named[] {
  const items = wellKnownData.slice(0, count).map(([id, name]) => ({ id, name }))
  for (let at = 0; items.length < count; at++) {
    const name = otherData[at % otherData.length]!
    const round = Math.floor(at / otherData.length)
    const site = Math.floor(round / disaggregations.length)
    const suffix = disaggregations[round % disaggregations.length]! + (site === 0 ? '' : `, site ${site + 1}`)
    items.push({ id: uid(random), name: name + suffix })
  }
  return items
}

function months(count: number): Named[] {
  return Array.from({ length: count }, (_, at) => {
    const monthsSinceYear0 = 2025 * 12 + 12 - count + at
    const year = String(Math.floor(monthsSinceYear0 / 12))
    const month = monthsSinceYear0 % 12
    return { id: year + String(month + 1).padStart(2, '0'), name: `${monthNames[month]} ${year}` }
  })
}

function orgUnits(random: Random, count: number): OrgUnit[] {
  const country: OrgUnit = under(undefined, 'ImspTQPwCqd', 'Sierra Leone', random)
  const level2 = districts.map(([id, name]) => under(country, id, name, random))
  const level3 = level2.flatMap((district) =>
    Array.from({ length: chiefdomsPerDistrict }, () =>
      under(district, uid(random), placeName(random), random),
    ),
  )
  const units = [country, ...level2, ...level3].slice(0, count)
  while (units.length < count) {
    const name = `${placeName(random)} ${pick(random, facilityTypes)}`
    units.push(under(pick(random, level3), uid(random), name, random))
  }
  return units
}

function under(parent: OrgUnit | undefined, id: string, name: string, random: Random): OrgUnit {
  const path = [...(parent?.path ?? []), name]
  const ids = [...(parent?.ids ?? []), id]
  return { id, name, code: `OU_${between(random, 1000, 999_999)}`, level: path.length, path, ids }
}

function placeName(random: Random): string {
  return pick(random, firstSyllables) + pick(random, lastSyllables)
}
