import { textOfDay } from '../calendar.ts'
import { header, itemsOf, type TableHeader } from '../table.ts'
import type { ListTable } from '../tracker-tables.ts'
import type { Place } from './place.ts'
import type { Enrollment, Event, Program, TrackedEntity } from './program.ts'

/** A column of a list: what it is, and what stands in it. */
type Column<T> = readonly [name: string, label: string, cell: (row: T) => string, valueType?: string]

const who = 'admin, admin (admin)'
const midnight = (day: number | undefined) => (day === undefined ? '' : `${textOfDay(day)} 00:00:00.0`)
const stamp = (ms: number) => new Date(ms).toISOString().slice(0, -1).replace('T', ' ')

function placeColumns<T extends { readonly place: Place }>(hierarchy: string): Column<T>[] {
  return [
    ['ouname', 'Organisation unit name', ({ place }) => place.name],
    ['ounamehierarchy', hierarchy, ({ place }) => place.path.join(' / ')],
    ['oucode', 'Organisation unit code', ({ place }) => place.code],
  ]
}

/** Events of a program with what was asked for of each. */
export function eventsTable(events: readonly Event[], program: Program, asked: readonly string[]): ListTable {
  const items: Readonly<Record<string, Column<Event>>> = {
    [program.weight]: ['', 'Weight', ({ weight }) => (weight === undefined ? '' : String(weight)), 'NUMBER'],
    [program.outcome]: ['', 'Outcome', ({ outcome }) => outcome.code],
  }
  const columns: Column<Event>[] = [
    ['psi', 'Event', ({ id }) => id],
    ['ps', 'Program stage', () => program.stage],
    ['eventdate', 'Event date', ({ day }) => midnight(day), 'DATETIME'],
    ['storedby', 'Stored by', () => 'admin'],
    ['createdbydisplayname', 'Created by', () => who],
    ['lastupdatedbydisplayname', 'Last updated by', () => who],
    ['lastupdated', 'Last updated on', ({ updated }) => stamp(updated), 'DATETIME'],
    ['created', 'Created on', ({ updated }) => stamp(updated - 3_600_000), 'DATETIME'],
    [
      'completed',
      'Completed on',
      ({ status, updated }) => (status === 'COMPLETED' ? stamp(updated) : ''),
      'DATETIME',
    ],
    ['scheduleddate', 'Scheduled date', ({ scheduledDay }) => midnight(scheduledDay), 'DATETIME'],
    ['enrollmentdate', 'Enrollment date', ({ enrollment }) => midnight(enrollment.day), 'DATETIME'],
    ['incidentdate', 'Incident date', ({ enrollment }) => midnight(enrollment.incidentDay), 'DATETIME'],
    ['tei', 'Tracked entity', ({ enrollment }) => enrollment.entity.id],
    ['pi', 'Enrollment', ({ enrollment }) => enrollment.id],
    ['geometry', 'Geometry', () => ''],
    ['longitude', 'Longitude', () => '0.0', 'NUMBER'],
    ['latitude', 'Latitude', () => '0.0', 'NUMBER'],
    ...placeColumns<Event>('Organisation unit name hierarchy'),
    ['programstatus', 'Program status', ({ enrollment }) => enrollment.status],
    ['eventstatus', 'Event status', ({ status }) => status],
    ['ou', 'Organisation unit', ({ place }) => place.id],
    ...askedColumns(items, asked),
  ]
  return tableOf(events, columns, program, asked)
}

export function enrollmentsTable(
  enrollments: readonly Enrollment[],
  program: Program,
  asked: readonly string[],
): ListTable {
  const items: Readonly<Record<string, Column<Enrollment>>> = {
    [program.attribute]: ['', 'Name', ({ entity }) => entity.name],
  }
  const columns: Column<Enrollment>[] = [
    ['pi', 'Enrollment', ({ id }) => id],
    ['tei', 'Tracked entity', ({ entity }) => entity.id],
    ['enrollmentdate', 'Enrollment date', ({ day }) => midnight(day), 'DATETIME'],
    ['incidentdate', 'Incident date', ({ incidentDay }) => midnight(incidentDay), 'DATETIME'],
    ['storedby', 'Stored by', () => 'admin'],
    ['createdbydisplayname', 'Created by', () => who],
    ['lastupdatedbydisplayname', 'Last updated by', () => who],
    ['lastupdated', 'Last updated on', ({ entity }) => stamp(entity.created + 60_000), 'DATETIME'],
    ['created', 'Created on', ({ entity }) => stamp(entity.created), 'DATETIME'],
    ['completed', 'Completed on', () => '', 'DATETIME'],
    ['geometry', 'Geometry', () => ''],
    ['longitude', 'Longitude', () => '', 'NUMBER'],
    ['latitude', 'Latitude', () => '', 'NUMBER'],
    ...placeColumns<Enrollment>('Organisation unit name hierarchy'),
    ['programstatus', 'Program status', ({ status }) => status],
    ['ou', 'Organisation unit', ({ place }) => place.id],
    ...askedColumns(items, asked),
  ]
  return tableOf(enrollments, columns, program, asked)
}

export function entitiesTable(
  entities: readonly TrackedEntity[],
  program: Program,
  idName: 'trackedentity' | 'trackedentityinstanceuid',
): ListTable {
  const columns: Column<TrackedEntity>[] = [
    [idName, 'Tracked entity', ({ id }) => id],
    ['lastupdated', 'Last updated', ({ created }) => stamp(created + 60_000), 'DATETIME'],
    ['lastupdatedbydisplayname', 'Last updated by', () => who],
    ['created', 'Created', ({ created }) => stamp(created), 'DATETIME'],
    ['createdbydisplayname', 'Created by', () => who],
    ['storedby', 'Stored by', () => 'admin'],
    ['geometry', 'Geometry', () => ''],
    ['longitude', 'Longitude', () => '', 'NUMBER'],
    ['latitude', 'Latitude', () => '', 'NUMBER'],
    ...placeColumns<TrackedEntity>('Organisation unit hierarchy'),
    [program.attribute, 'Name', ({ name }) => name],
  ]
  return tableOf(entities, columns, program, [program.attribute])
}

function askedColumns<T>(items: Readonly<Record<string, Column<T>>>, asked: readonly string[]): Column<T>[] {
  return asked.flatMap((name): Column<T>[] => {
    const found = items[name.slice(name.indexOf('.') + 1)]
    return found ? [[name, found[1], found[2], found[3] ?? 'TEXT']] : []
  })
}

/** The first column is what rows are known by. */
function tableOf<T extends { readonly id: string; readonly place: Place }>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  program: Program,
  asked: readonly string[],
): ListTable {
  const headers = columns.map(([name, label, , valueType]): TableHeader => {
    const made = header(name, label, valueType)
    return name.endsWith(program.outcome) ? { ...made, optionSet: program.optionSet } : made
  })
  const options = program.options.map(({ id, code }) => ({ uid: id, code }))
  const named = headers
    .filter(({ name }) => asked.includes(name))
    .map(({ name, column }) => ({ id: name, name: column }))
  return {
    headers,
    metaData: {
      items: {
        ...itemsOf([{ id: program.id, name: 'Child care' }, { id: program.stage, name: 'Visit' }, ...named], {
          ou: 'Organisation unit',
        }),
        ...Object.fromEntries(program.options.map(({ id, code, name }) => [id, { code, name }])),
        [program.optionSet]: { uid: program.optionSet, name: 'Outcomes', options },
      },
      dimensions: { pe: [], ...Object.fromEntries(named.map(({ id }) => [id, []])) },
    },
    rows: rows.length,
    keys: (open) => (row) => open + rows[row]!.id,
    turns: rows.map((row) => columns.slice(1).map(([, , cell]) => cell(row))),
    places: rows.map(({ place }) => place),
  }
}
