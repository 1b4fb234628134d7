import { setTimeout as pause } from 'node:timers/promises'
import { type ApiRequest, apiOf } from '../api.ts'
import { errorReply, htmlReply, type Reply } from '../reply.ts'
import { countryEndpoints } from './endpoints.ts'
import type { Country } from './index.ts'
import type { ListRules } from './program-lists.ts'
import { isRefusal } from './question.ts'

/** Answers what `/api/` is asked from a country, as far as its limits let it, by its own clock. */
export function countryApi(country: Country, rules: ListRules): (request: ApiRequest) => Promise<Reply> {
  const answer = apiOf(countryEndpoints(country, rules))
  const { limits, model } = country
  let open = 0
  const gate = async (request: ApiRequest): Promise<Reply> => {
    if (request.url.length > limits.maxUrlBytes) {
      return htmlReply(limits.longUrlStatus, `HTTP Status ${limits.longUrlStatus}`)
    }
    if (open >= limits.maxRequests) {
      const { retryAfter } = limits
      const headers = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
      return errorReply(503, 'Too many requests at once', undefined, headers)
    }
    open++
    request.onClose(() => open--)
    model.tables.onRequest()
    const rows = rowsOf(request, country)
    if (rows > limits.gatewayRows) return htmlReply(limits.gatewayStatus)
    const ms = (rows / 1000) * limits.msPer1000Rows
    if (ms > 0) {
      const waited = Math.min(ms, limits.timeoutMs)
      country.advance(waited)
      await pause(waited)
      if (waited < ms) return errorReply(409, 'Query failed, likely because the query timed out', 'E7131')
    }
    return answer(request)
  }
  return async (request) => {
    const reply = await gate(request)
    return { ...reply, headers: { ...reply.headers, date: new Date(`${country.now}Z`).toUTCString() } }
  }
}

/** How many rows an aggregate question has, where anything goes by that. */
function rowsOf({ path, query }: ApiRequest, country: Country): number {
  const { msPer1000Rows, gatewayRows } = country.limits
  if (msPer1000Rows === 0 && gatewayRows === Number.POSITIVE_INFINITY) return 0
  if (!/^analytics(\.\w+)?$/.test(path)) return 0
  const answer = country.analytics(query)
  if (isRefusal(answer)) return 0
  let count = 0
  for (const _ of answer.rows) count++
  return count
}
