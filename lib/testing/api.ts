import type { IncomingHttpHeaders } from 'node:http'
import type { ByteSource } from './byte-source.ts'
import { acceptedFormat, contentTypes, type Format, suffixOf } from './content-types.ts'
import { csvOf, htmlOf, jsonOf, opaqueOf, type WriteOptions, xmlOf } from './formats.ts'
import { generalRefusal, type Refusal } from './query-checks.ts'
import { type Body, errorReply, htmlReply, type Reply, reply } from './reply.ts'
import type { Table } from './table.ts'

/** A GET below `/api/`, whose path comes without that and without a version. */
export interface ApiRequest {
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** As on the request line: path and query. */
  url: string
  /** Where the client reached the instance. */
  baseUrl: string
  /** Is told when all was sent, or nobody waits for it any more. */
  onClose: (listener: () => void) => void
}

export interface Content extends WriteOptions {
  table: Table
}

export interface Question {
  query: URLSearchParams
  baseUrl: string
  format: Format
}

export interface Endpoint {
  path: RegExp
  formats: readonly Format[]
  suffixRequired?: true
  /** A refused query is answered with status 200 and a line of text in every format but JSON. */
  refusesWith200?: true
  /** A table, bytes in the format that was asked for, or why there are none. */
  answer: (question: Question) => Content | Body | Refusal
}

/** What most grids come in. */
export const gridFormats: readonly Format[] = ['json', 'csv', 'xml', 'html', 'xls', 'xlsx']

/** Answers what `/api/` is asked. */
export function apiOf(endpoints: readonly Endpoint[]): (request: ApiRequest) => Reply {
  return ({ path, query, headers, baseUrl }) => {
    const { stem, suffix } = suffixOf(path)
    const endpoint = endpoints.find((each) => each.path.test(stem))
    if (endpoint === undefined) return notFound(path)
    if (suffix === undefined && endpoint.suffixRequired) return htmlReply(404)
    if (suffix !== undefined && !endpoint.formats.includes(suffix)) return notFound(path)
    const format = suffix ?? acceptedFormat(headers.accept, endpoint.formats)
    if (format === undefined) return errorReply(406, 'No acceptable representation')

    const answer = generalRefusal(query) ?? endpoint.answer({ query, baseUrl, format })
    if ('message' in answer) return refusalReply(answer, format, endpoint)
    return reply(200, contentTypes[format], 'table' in answer ? written(answer, format) : answer)
  }
}

function written({ table, ...options }: Content, format: Format): ByteSource {
  switch (format) {
    case 'json':
      return jsonOf(table, options)
    case 'csv':
      return csvOf(table, options)
    case 'xml':
      return xmlOf(table, options)
    case 'html':
      return htmlOf(table, options)
    case 'xls':
    case 'xlsx':
      return opaqueOf('PK\u0003\u0004', table, options)
    case 'pdf':
      return opaqueOf('%PDF-1.4\n', table, options)
    default:
      return format satisfies never
  }
}

function refusalReply({ status, message, errorCode }: Refusal, format: Format, endpoint: Endpoint): Reply {
  if (status === 409 && endpoint.refusesWith200 && format !== 'json') {
    const headers = { 'content-disposition': 'inline; filename="error.html"' }
    return reply(200, contentTypes[format], `${errorCode}: ${message}`, headers)
  }
  return errorReply(status, message, errorCode)
}

function notFound(path: string): Reply {
  return errorReply(404, `No resource found at /api/${path}`, 'E1005')
}
