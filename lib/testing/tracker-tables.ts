import { between, pick, type Random, randomFrom, uid, uidsByRow } from './random.ts'
import { header, itemsOf, type Table, type TableHeader } from './table.ts'
import { type OrgUnit, worldOf } from './world.ts'

/** Ids of the demo database: what the stand-in's events, enrollments and tracked entities belong to. */
export const programId = 'IpHINAT79UW'
export const stageId = 'A03MvHHogjR'
export const trackedEntityTypeId = 'nEenWmSyUEp'

/** What a column needs to write one cell of a row at random. */
interface Case {
  random: Random
  ou: OrgUnit
  longitude: string
  latitude: string
}

interface Column {
  header: TableHeader
  cell: (row: Case) => string
}

// A prime number of different rows: together with unequal ids it takes long until anything repeats.
const differentRows = 251
const texts = [
  'Référée à Kédougou, "urgent"',
  'བཀྲ་ཤིས།',
  'Mother says: fever,\ncough; seen twice',
  'Nothing to report',
  '好的, 完成',
  '\tsee register no. 12 ',
  'C:\\scans\\2022\\card.png',
  '["not", {"a": "row"}],[',
]
const users = ['Traore, John (admin)', 'Kamara, Aïssatou (akamara)', ',  ()', 'ben.koroma']
const firstNames = ['Hiwet', 'Aïssatou', 'Mohamed', 'ཚེ་རིང', 'Sia', "N'Deye"]

const enrollmentDate = date('enrollmentdate', 'Date of enrollment')
const ouColumns: readonly Column[] = [
  column('ouname', 'Organisation unit name', 'TEXT', ({ ou }) => ou.name),
  column('ounamehierarchy', 'Organisation unit name hierarchy', 'TEXT', ({ ou }) => ou.path.join(' / ')),
  column('oucode', 'Organisation unit code', 'TEXT', ({ ou }) => ou.code),
]
const placeColumns: readonly Column[] = [
  column('geometry', 'Geometry', 'TEXT', ({ longitude, latitude }) =>
    latitude === '0.0' ? '' : `{"type":"Point","coordinates":[${longitude},${latitude}]}`,
  ),
  column('longitude', 'Longitude', 'NUMBER', ({ longitude }) => longitude),
  column('latitude', 'Latitude', 'NUMBER', ({ latitude }) => latitude),
]
const auditColumns: readonly Column[] = [
  column('createdbydisplayname', 'Created by', 'TEXT', ({ random }) => pick(random, users)),
  column('lastupdatedbydisplayname', 'Last updated by', 'TEXT', ({ random }) => pick(random, users)),
  date('lastupdated', 'Last updated on'),
]
const attributeColumns: readonly Column[] = [
  column('w75KJ2mc4zz', 'First name', 'TEXT', ({ random }) => pick(random, firstNames)),
  { ...choice('cejWyOfXge6', 'Gender', ['Female', 'Male', '']), header: genderHeader() },
  column('lZGmxYbs97q', 'Unique ID', 'TEXT', ({ random }) => String(between(random, 1_000_000, 9_999_999))),
]

const eventColumns: readonly Column[] = [
  choice('ps', 'Program stage', [stageId]),
  date('eventdate', 'Report date'),
  column('storedby', 'Stored by', 'TEXT', ({ random }) => pick(random, users)),
  ...auditColumns,
  enrollmentDate,
  date('incidentdate', 'Date of birth'),
  column('tei', 'Tracked entity', 'TEXT', ({ random }) => uid(random)),
  column('pi', 'Enrollment', 'TEXT', ({ random }) => uid(random)),
  ...placeColumns,
  ...ouColumns,
  choice('programstatus', 'Program status', ['ACTIVE', 'COMPLETED', 'CANCELLED']),
  choice('eventstatus', 'Event status', ['ACTIVE', 'COMPLETED', 'SCHEDULE', 'OVERDUE']),
  column('ou', 'Organisation unit', 'ORGANISATION_UNIT', ({ ou }) => ou.id),
  number('UXz7xuGCEhU', 'MCH Weight (g)', 1500, 4800),
  choice('a3kGcGDCuk6', 'MCH Apgar Score', ['0', '5', '10', ''], 'INTEGER_ZERO_OR_POSITIVE'),
  choice('bx6fsa0t90x', 'MCH BCG dose', ['1', '0', ''], 'BOOLEAN'),
  // Labels may repeat where names do not.
  choice(`${stageId}[1].bx6fsa0t90x`, 'MCH BCG dose', ['1', '0', ''], 'BOOLEAN'),
  choice('ebaJjqltK5N', 'MCH OPV dose', ['1', ''], 'TRUE_ONLY'),
  choice('X8zyunlgUfM', 'MCH Infant Feeding', ['Exclusive', 'Mixed', 'Replacement', '']),
  column('OuJ6sgPyAbC', 'Remarks', 'LONG_TEXT', ({ random }) => pick(random, texts)),
  column('sWoqcoByYmD', 'Remarks of the supervisor', 'LONG_TEXT', ({ random }) =>
    pick(random, ['', ...texts]),
  ),
  column('eMyVanycQSC', 'Admission date', 'DATE', ({ random }) => dateText(random).slice(0, 10)),
  choice('H6uSAMO5WLD', 'Username of the visitor', ['admin', 'system', ''], 'USERNAME'),
  number('GieVkTxp4HH', 'Height in cm', 40, 190),
  number('vV9UWAZohSf', 'Weight in kg', 2, 90),
  choice('x7PaHGvgWY2', 'Coverage', ['', '12.5', '100.0'], 'PERCENTAGE'),
  choice('hlPt8H4bUOQ', 'Share', ['0.0', '0.25', '1.0E-4', ''], 'UNIT_INTERVAL'),
  choice('P2cwLGskgxn', 'Phone', ['+232 76 123456', '076-123-456', ''], 'PHONE_NUMBER'),
  choice('NDXw0cluzSw', 'Email', ['clinic@example.org', ''], 'EMAIL'),
  choice('KmEUg2hHEtx', 'Time of birth', ['04:30', '23:59', ''], 'TIME'),
  choice('HS8QXAJtuKV', 'Symptoms', ['FEVER,COUGH', 'RASH', ''], 'MULTI_TEXT'),
  choice('fWIAEtYVEGk', 'Link', ['https://example.org/a?b=1&c=%C3%A9', ''], 'URL'),
  column('FO4sWYJ64LQ', 'Card', 'FILE_RESOURCE', ({ random }) => (random() < 0.5 ? uid(random) : '')),
]

const enrollmentColumns: readonly Column[] = [
  column('tei', 'Tracked entity', 'TEXT', ({ random }) => uid(random)),
  enrollmentDate,
  date('incidentdate', 'Date of birth'),
  ...auditColumns,
  ...placeColumns,
  ...ouColumns,
  choice('programstatus', 'Program status', ['ACTIVE', 'COMPLETED', 'CANCELLED']),
  ...attributeColumns,
  choice(`${stageId}.bx6fsa0t90x`, 'MCH BCG dose', ['1', '0', ''], 'BOOLEAN'),
]

const trackedEntityColumns: readonly Column[] = [
  date('lastupdated', 'Last updated'),
  column('createdbydisplayname', 'Created by', 'TEXT', ({ random }) => pick(random, users)),
  ...placeColumns,
  ...ouColumns,
  ...attributeColumns,
  ...[0, 1].map((offset) =>
    choice(
      `${programId}.${stageId}[${offset}].bx6fsa0t90x`,
      `MCH BCG dose, Child Programme, Birth${offset === 0 ? '' : ` (${offset})`}`,
      ['1', '0', ''],
      'BOOLEAN',
    ),
  ),
]

/** A table whose rows are of an org unit each: that of their turn. */
export interface ListTable extends Table {
  places: readonly OrgUnit[]
}

/** Events: 40 columns of everything a form can hold, about 1 kB of JSON a row. */
export function eventTable(rows: number, seed: number): ListTable {
  return tracked(header('psi', 'Event'), eventColumns, rows, seed)
}

/** Enrollments in one program. */
export function enrollmentTable(rows: number, seed: number): ListTable {
  return tracked(header('pi', 'Enrollment'), enrollmentColumns, rows, seed)
}

/** Tracked entities with headers of stages that repeat, such as `Prog.Stage[1].DE`. */
export function trackedEntityTable(rows: number, seed: number, key = 'trackedentity'): ListTable {
  return tracked(header(key, 'Tracked entity'), trackedEntityColumns, rows, seed)
}

function tracked(key: TableHeader, columns: readonly Column[], rows: number, seed: number): ListTable {
  const random = randomFrom(seed + 4)
  const orgUnits = worldOf(seed).orgUnits(200)
  // Most report from facilities, some from the levels above.
  const places = [...orgUnits.slice(118), ...orgUnits.slice(0, 40)]
  const placesOfTurns: OrgUnit[] = []
  const turns = Array.from({ length: differentRows }, () => {
    const row = caseAt(random, pick(random, places))
    placesOfTurns.push(row.ou)
    return columns.map(({ cell }) => cell(row))
  })
  const named = columns.map(({ header: { name, column } }) => ({ id: name, name: column }))
  const items = {
    ...itemsOf([...named, ...orgUnits]),
    ...itemsOf([
      { id: programId, name: 'Child Programme' },
      { id: stageId, name: 'Birth' },
    ]),
    pC3N9N77UmT: { uid: 'pC3N9N77UmT', name: 'Gender', options: [{ uid: 'Mnp3oXrpAbK', code: 'Female' }] },
  }
  return {
    headers: [key, ...columns.map((each) => each.header)],
    metaData: { items, dimensions: { pe: [], ou: orgUnits.slice(0, 1).map(({ id }) => id) } },
    rows,
    keys: (open) => {
      const idOf = uidsByRow(randomFrom(seed + 5))
      return (row) => open + idOf(row)
    },
    turns,
    places: placesOfTurns,
  }
}

function caseAt(random: Random, ou: OrgUnit): Case {
  // Events without coordinates say 0.0, not nothing.
  const somewhere = random() < 0.7
  return {
    random,
    ou,
    longitude: somewhere ? (-13.3 + random() * 3).toFixed(6) : '0.0',
    latitude: somewhere ? (6.9 + random() * 3).toFixed(6) : '0.0',
  }
}

function column(name: string, label: string, valueType: string, cell: (row: Case) => string): Column {
  return { header: header(name, label, valueType), cell }
}

function choice(name: string, label: string, cells: readonly string[], valueType = 'TEXT'): Column {
  return column(name, label, valueType, ({ random }) => pick(random, cells))
}

function number(name: string, label: string, low: number, high: number): Column {
  return column(name, label, 'NUMBER', ({ random }) => {
    if (random() < 0.1) return ''
    return random() < 0.5 ? `${between(random, low, high)}.0` : String(between(random, low, high))
  })
}

function date(name: string, label: string): Column {
  return column(name, label, 'DATETIME', ({ random }) => dateText(random))
}

function dateText(random: Random): string {
  const part = (low: number, high: number) => String(between(random, low, high)).padStart(2, '0')
  const day = `${between(random, 2021, 2025)}-${part(1, 12)}-${part(1, 28)}`
  if (random() < 0.5) return `${day} 00:00:00.0`
  return `${day} ${part(0, 23)}:${part(0, 59)}:${part(0, 59)}.${between(random, 0, 999)}`
}

function genderHeader(): TableHeader {
  return { ...header('cejWyOfXge6', 'Gender'), optionSet: 'pC3N9N77UmT' }
}
