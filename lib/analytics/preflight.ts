import { Asker } from '../asking/asker.ts'
import { frozenDataTypes, frozenPeriods } from '../asking/frozen.ts'
import { levelsOf, mayMixLevels } from '../asking/org-units.ts'
import { QueryError } from '../errors.ts'
import type { CallOptions } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { united } from '../periods/spans.ts'
import { apiOf, itemsOf, type ListQuestion, type Pair } from '../query/list-question.ts'

/** What is found out before a question is sent; it throws where the server would read that otherwise. */
type Check = (asker: Asker) => Promise<void>

/**
 * What only the server can tell of a question that goes out as one request: whether its org units are of one level, its
 * periods one span. Undefined where there is nothing to ask.
 */
export function preflightOf(
  endpoint: string,
  pairs: readonly Pair[],
  list: ListQuestion | undefined,
  server: Server,
  call: CallOptions,
): ((signal: AbortSignal) => Promise<void>) | undefined {
  const checks = list ? listChecks(list) : filterChecks(endpoint, pairs)
  if (checks.length === 0) return undefined
  return async (signal) => {
    const asker = new Asker(server, call, signal)
    for (const check of checks) await check(asker)
  }
}

function listChecks({ kind, endpoint, base, ou, days }: ListQuestion): Check[] {
  const api = apiOf(endpoint)
  const checks: Check[] = []
  if (days?.by === 'startDate' && days.periods.length > 1) {
    checks.push(async (asker) => {
      const { spans } = await frozenPeriods(asker, api, days.periods, base)
      if (united(spans).length === 1) return
      throw new QueryError(
        `Query: pe: the server makes one span of ${days.periods.join(', ')}, with the days between them; rows() and ` +
          'aggregate() without page and pageSize ask for each',
      )
    })
  }
  if (kind === 'events' && ou && mayMixLevels(ou.items)) {
    checks.push(async (asker) => {
      const levels = await levelsOf(asker, api, ou.items, base)
      if (levels.length === 1) return
      throw new QueryError(
        `Query: ou: ${ou.items.join(', ')} are of several levels, with which the server ignores dates and filters of ` +
          'events; rows() and aggregate() without page and pageSize ask level by level',
      )
    })
  }
  return checks
}

function filterChecks(endpoint: string, pairs: readonly Pair[]): Check[] {
  const counts = /\/analytics\/(events|enrollments)\/aggregate\/[^/]+$/.test(endpoint)
  const isAggregate = /\/analytics(\.\w+)?$/.test(endpoint)
  const ou = itemsOf('ou', pairs)
  if ((!counts && !isAggregate) || ou?.as !== 'filter' || !mayMixLevels(ou.items)) return []
  const api = endpoint.slice(0, endpoint.indexOf('/analytics'))
  return [
    async (asker) => {
      const levels = await levelsOf(asker, api, ou.items, pairs)
      if (levels.length === 1) return
      if (!counts && !(await hasEventData(asker, api, pairs))) return
      throw new QueryError(
        `Query: the filter ou: ${ou.items.join(', ')} has org units of several levels, of which the server adds up event ` +
          'data wrongly; make ou a dimension and add the rows up, or filter by one level',
      )
    },
  ]
}

async function hasEventData(asker: Asker, api: string, pairs: readonly Pair[]): Promise<boolean> {
  const dx = itemsOf('dx', pairs)
  const types = dx ? await frozenDataTypes(asker, api, dx.items, pairs) : []
  return types.some((type) => type.startsWith('PROGRAM_'))
}
