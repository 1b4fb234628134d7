import { askedOf } from '../ask/json.ts'
import { connect } from '../connect/client.ts'
import type { Context } from '../context.ts'
import { tellRequests } from '../ending/verbose.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import { oneLine } from '../terminal/one-line.ts'

interface Me {
  readonly username?: string
  readonly displayName?: string
  readonly name?: string
  readonly authorities?: readonly string[]
  readonly dataViewOrganisationUnits?: readonly Named[]
  readonly organisationUnits?: readonly Named[]
}

interface Named {
  readonly displayName?: string
  readonly name?: string
}

/** What of the authorities has to do with analytics, in plain words. */
const rights: Readonly<Record<string, string>> = {
  F_VIEW_EVENT_ANALYTICS: 'event analytics',
  F_RUN_VALIDATION: 'outlier detection',
  F_SQLVIEW_EXECUTE: 'SQL views',
  F_PERFORM_MAINTENANCE: 'making analytics tables',
}

/** `dhis2-analytics info`. */
export async function info(options: ConnectionOptions, { signal }: Context): Promise<void> {
  if (options.verbose) tellRequests()
  await using connected = await connect(options)
  const { client, url } = connected
  const server = await client.system.info({ signal })
  const fields =
    'username,displayName,name,authorities,organisationUnits[displayName,name],dataViewOrganisationUnits[displayName,name]'
  const me = await askedOf<Me>(client, '/api/me', [['fields', fields]], signal)
  const lines: [string, string | undefined][] = [
    ['server', `${server.systemName ?? 'DHIS2'}, ${url}`],
    ['version', server.version],
    ['calendar', server.calendar],
    ['server time', server.serverDate],
    ['user', [me.username, me.displayName ?? me.name].filter(Boolean).join(', ')],
    ['rights', rightsOf(me.authorities ?? [])],
    [
      'org units',
      namesOf(me.dataViewOrganisationUnits?.length ? me.dataViewOrganisationUnits : me.organisationUnits),
    ],
    [
      'analytics',
      lastRun(server['lastAnalyticsTableSuccess'], server['intervalSinceLastAnalyticsTableSuccess']),
    ],
  ]
  process.stdout.write(
    lines.map(([label, text]) => (text ? `${label.padEnd(12)} ${oneLine(text)}\n` : '')).join(''),
  )
}

function rightsOf(authorities: readonly string[]): string {
  if (authorities.includes('ALL')) return 'all of them'
  const known = Object.entries(rights).flatMap(([name, text]) => (authorities.includes(name) ? [text] : []))
  return known.join(', ') || 'none beyond aggregate analytics'
}

function namesOf(units: readonly Named[] = []): string {
  return units.map(({ displayName, name }) => displayName ?? name).join(', ')
}

/** A server whose analytics never ran says 1970, and answers with no rows. */
function lastRun(when: unknown, ago: unknown): string {
  if (typeof when !== 'string' || when === '' || when.startsWith('1970')) {
    return 'never ran: answers are empty until they do'
  }
  return typeof ago === 'string' && ago !== '' ? `last ran ${when}, ${ago} ago` : `last ran ${when}`
}
