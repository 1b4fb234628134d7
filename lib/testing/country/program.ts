import { dayOf } from '../calendar.ts'
import { between, pick, randomFrom, uid, uidsByRow } from '../random.ts'
import type { Place } from './place.ts'
import type { Places } from './places.ts'

export interface Option {
  readonly id: string
  readonly code: string
  readonly name: string
}

/** A person, where and when they were registered. */
export interface TrackedEntity {
  readonly id: string
  readonly place: Place
  readonly name: string
  /** Milliseconds since 1970. */
  readonly created: number
}

export interface Enrollment {
  readonly id: string
  readonly entity: TrackedEntity
  readonly place: Place
  readonly day: number
  readonly incidentDay: number
  readonly status: string
}

export interface Event {
  readonly id: string
  readonly enrollment: Enrollment
  readonly place: Place
  /** Undefined for one that is only scheduled. */
  readonly day: number | undefined
  readonly scheduledDay: number
  readonly status: string
  readonly outcome: Option
  /** In kg; undefined where nobody weighed. */
  readonly weight: number | undefined
  readonly updated: number
}

/** A program whose events are weighed, and have an outcome. */
export interface Program {
  readonly id: string
  readonly stage: string
  readonly entityType: string
  readonly weight: string
  readonly outcome: string
  readonly attribute: string
  readonly optionSet: string
  readonly options: readonly Option[]
  readonly entities: readonly TrackedEntity[]
  readonly enrollments: readonly Enrollment[]
  readonly events: readonly Event[]
  readonly indicators: readonly ProgramIndicator[]
}

/** A number made of events. */
export interface ProgramIndicator {
  readonly id: string
  readonly name: string
  readonly aggregationType: 'COUNT' | 'SUM' | 'AVERAGE' | 'MAX'
  readonly expression: string
  readonly filter: string
  readonly numberOf: (event: Event) => number | undefined
}

const dayMs = 86_400_000

/** A program with so many events, and an enrollment to every third of them. */
export function programOf(
  seed: number,
  { all }: Places,
  { events: count, from, to }: { events: number; from: string; to: string },
): Program {
  const random = randomFrom(seed + 401)
  const ids = Array.from({ length: 7 }, () => uid(random)) as [string, ...string[]]
  const [id, stage, entityType, weight, outcome, attribute, optionSet] = ids as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const options = ['CURED', 'DIED', 'LOST'].map((code) => ({
    id: uid(random),
    code,
    name: `Patient ${code.toLowerCase()}`,
  }))
  const [first, last] = [dayOf(from), dayOf(to)]
  // Most are of the bottom, some of the levels above.
  const leaves = all.filter(({ isLeaf }) => isLeaf)
  const anywhere = () => (random() < 0.85 ? pick(random, leaves) : pick(random, all))
  const idOf = uidsByRow(random)
  let rows = 0
  const size = Math.ceil(count / 3)
  const entities = Array.from({ length: size }, (_, at): TrackedEntity => {
    const created = Math.floor(between(random, first, last) * dayMs + random() * dayMs)
    return { id: idOf(rows++), place: anywhere(), name: `Person "${at}", née`, created }
  })
  const enrollments = Array.from({ length: size }, (): Enrollment => {
    const day = between(random, first, last)
    const status = pick(random, ['ACTIVE', 'COMPLETED', 'CANCELLED'])
    return {
      id: idOf(rows++),
      entity: pick(random, entities),
      place: anywhere(),
      day,
      incidentDay: day - between(random, 0, 9),
      status,
    }
  })
  const events = Array.from({ length: count }, (): Event => {
    const day = between(random, first, last)
    const isScheduled = random() < 0.08
    return {
      id: idOf(rows++),
      enrollment: pick(random, enrollments),
      place: anywhere(),
      day: isScheduled ? undefined : day,
      scheduledDay: day + between(random, -3, 3),
      status: isScheduled ? 'SCHEDULE' : pick(random, ['ACTIVE', 'COMPLETED']),
      outcome: pick(random, options),
      weight: random() < 0.1 ? undefined : between(random, 20, 900) / 10,
      updated: Math.floor((day + 1) * dayMs + random() * dayMs),
    }
  })
  const indicator = (
    name: string,
    aggregationType: ProgramIndicator['aggregationType'],
    expression: string,
    numberOf: ProgramIndicator['numberOf'],
    filter = '',
  ): ProgramIndicator => ({ id: uid(random), name, aggregationType, expression, filter, numberOf })
  const weighed = `#{${stage}.${weight}}`
  return {
    id,
    stage,
    entityType,
    weight,
    outcome,
    attribute,
    optionSet,
    options,
    entities,
    enrollments,
    events,
    indicators: [
      indicator('Stays', 'COUNT', 'V{event_count}', () => 1),
      indicator('Weight', 'SUM', weighed, (event) => event.weight),
      indicator('Mean weight', 'AVERAGE', weighed, (event) => event.weight),
      indicator('Largest weight', 'MAX', weighed, (event) => event.weight),
      indicator(
        'Deaths',
        'COUNT',
        'V{event_count}',
        (event) => (event.outcome.code === 'DIED' ? 1 : undefined),
        `#{${stage}.${outcome}} == 'DIED'`,
      ),
    ],
  }
}
