import { pipeline } from 'node:stream'
import { pipeline as finished } from 'node:stream/promises'
import { QueryError } from '../errors.ts'
import type { DataValue } from '../grid/data-values.ts'
import type { Grid } from '../grid/grid.ts'
import type { BodyStream } from '../http/body-stream.ts'
import type { Connection } from '../http/connection.ts'
import type { Get } from '../http/open.ts'
import { type CallOptions, callOptionsSchema } from '../http/options.ts'
import { checkDestination, type Destination, FileSink, pathOf } from '../sinks/file.ts'
import { countBytes } from '../transforms/count-bytes.ts'
import { parseDataValues } from '../transforms/parse-data-values.ts'
import { parseRows } from '../transforms/parse-rows.ts'
import type { RowStream, RowTransform, TransformTo } from '../transforms/row-stream.ts'
import { validate } from '../validate.ts'
import { collect } from './collect.ts'
import { collectPages } from './collect-pages.ts'
import type { DataValueSetQuestion, OutlierDetectionQuestion, RawDataQuestion } from './endpoint-params.ts'
import type { Calls, DataValueSetQuery, GridQuery } from './endpoint-query.ts'
import {
  type Endpoints,
  type Enrollments,
  type Events,
  endpointsOf,
  type TrackedEntities,
} from './endpoints.ts'
import { type RowsOptions, rowsSchema, type StreamToOptions, streamToSchema } from './options.ts'
import { PagedRows } from './pages.ts'
import type { PagedList } from './paging.ts'
import { type AnalyticsQuery, type Target, targetOf } from './query.ts'
import { checkRowLimit, mayBeCutOff, rowLimitGuard } from './row-limit.ts'
import { startingOver } from './start-over.ts'
import { checkWhole } from './whole-json.ts'

/** The analytics of one server. Get it as `client.analytics`. */
export class Analytics implements Calls, Endpoints {
  readonly events: Events
  readonly enrollments: Enrollments
  readonly trackedEntities: TrackedEntities
  readonly #connection: Connection
  readonly #endpoints: Endpoints

  constructor(connection: Connection) {
    this.#connection = connection
    this.#endpoints = endpointsOf(this)
    this.events = this.#endpoints.events
    this.enrollments = this.#endpoints.enrollments
    this.trackedEntities = this.#endpoints.trackedEntities
  }

  /**
   * The body of the answer: a Readable of bytes in the endpoint's format, decompressed. The request is sent on the
   * first read and tried again while it has no response; a body that breaks off fails the stream.
   *
   * Emits `'response'` with status, headers and content length before the first byte. Destroying it closes the socket.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family.
   */
  stream(query: AnalyticsQuery, options: CallOptions = {}): BodyStream {
    const checked = validate(callOptionsSchema, options, 'stream options') as CallOptions
    return this.#connection.body(this.#get('stream', query, checked), checked)
  }

  /**
   * The rows of the answer, one by one: `stream()` and `parseRows()` in one. Announces its headers as every row
   * stream does, and ends both when it is destroyed or a `for await` is left.
   *
   * With `paging` in the query, the rows of all its pages, in constant memory: one page is asked for while the one
   * before it is read. `metaData` gains the items of each page before its rows. The stream fails with an
   * UnexpectedContentError where pages don't fit together: other headers, another page than the one asked for, a row
   * that was on the page before.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family.
   */
  rows(query: AnalyticsQuery, options: RowsOptions = {}): RowStream {
    const { strict = false, ...call } = validate(rowsSchema, options, 'rows options') as RowsOptions
    const target = targetOf(query)
    const { pages } = target
    if (pages) {
      const bodyOf = (page: number) => this.#connection.body(this.#page(target, pages, page, call), call)
      return new PagedRows(pages, bodyOf, call.signal)
    }
    const body = this.#connection.body(this.#whole(target, call), call)
    // Whatever goes wrong destroys the last stream with it, which is where it is listened to.
    const ignored = () => undefined
    if (!mayBeCutOff(body.request)) return pipeline(body, parseRows(), ignored) as RowTransform
    return pipeline(body, parseRows(), rowLimitGuard(body.request, strict), ignored) as RowTransform
  }

  /**
   * The whole answer as a Grid, in memory. A body that breaks off is asked for anew, within the retries. With `paging`
   * in the query, all its pages as one Grid; each has the retries of a call.
   *
   * @throws every error of the family; an AbortError where `signal` says so.
   */
  async aggregate(query: AnalyticsQuery, options: RowsOptions = {}): Promise<Grid> {
    const { strict = false, ...call } = validate(rowsSchema, options, 'aggregate options') as RowsOptions
    const target = targetOf(query)
    const { pages } = target
    const collected = (get: Get) =>
      startingOver(this.#connection, get, call.signal, () => collect(this.#connection.body(get, call)))
    if (pages) {
      return collectPages(pages, async (page) => {
        const get = this.#page(target, pages, page, call)
        return { grid: await collected(get), request: get.request }
      })
    }
    const get = this.#whole(target, call)
    const grid = await collected(get)
    if (mayBeCutOff(get.request)) checkRowLimit(grid.rows.length, get.request, strict)
    return grid
  }

  /**
   * Writes the answer of any endpoint to a file, as it came but decompressed, and resolves to the bytes written.
   *
   * The file appears whole or not at all: bytes go to `<name>.<random>.partial` beside it, which is renamed when all is
   * there. Of JSON the end is looked for, which HTTP may have lost; other formats are as whole as HTTP says they are.
   * Missing directories are made. A body that breaks off is asked for anew, within the retries. On failure an
   * old file of that name is as it was and nothing else is left.
   *
   * @throws every error of the family, DestinationError where the file can't be written; an AbortError where `signal`
   * says so.
   */
  async streamTo(
    destination: Destination,
    query: AnalyticsQuery,
    options: StreamToOptions = {},
  ): Promise<number> {
    const {
      chunkSize = 1024 * 1024,
      onProgress,
      ...call
    } = validate(streamToSchema, options, 'streamTo options') as StreamToOptions
    const path = pathOf(destination)
    const get = this.#get('streamTo', query, call)
    await checkDestination(path)
    const verify = get.format === 'json' ? checkWhole : undefined
    return startingOver(this.#connection, get, call.signal, async () => {
      const body = this.#connection.body(get, call)
      const counter = countBytes({ onProgress })
      const sink = new FileSink(path, chunkSize, verify)
      try {
        await finished(body, counter, sink)
      } finally {
        await closed(sink)
      }
      return counter.transferredBytes
    })
  }

  /**
   * The values of a data value set, one object each: `stream()` and `parseDataValues()` in one. The endpoint is
   * `/api/analytics/dataValueSet.json` unless the query says otherwise; it needs dx, pe and ou.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family.
   */
  dataValues(query: AnalyticsQuery, options: CallOptions = {}): TransformTo<DataValue> {
    const call = validate(callOptionsSchema, options, 'dataValues options') as CallOptions
    const get = this.#get('dataValues', query, call, '/api/analytics/dataValueSet.json')
    // Whatever goes wrong destroys the parser with it, which is where it is listened to.
    return pipeline(
      this.#connection.body(get, call),
      parseDataValues(),
      () => undefined,
    ) as TransformTo<DataValue>
  }

  /** A query for values far from the others, and how far. @throws QueryError */
  outlierDetection(question: OutlierDetectionQuestion): GridQuery {
    return this.#endpoints.outlierDetection(question)
  }

  /** A query for what was reported, not aggregated and without a limit on rows. @throws QueryError */
  rawData(question: RawDataQuestion): GridQuery {
    return this.#endpoints.rawData(question)
  }

  /** A query for aggregated data in the form that DHIS2 imports. @throws QueryError */
  dataValueSet(question: DataValueSetQuestion): DataValueSetQuery {
    return this.#endpoints.dataValueSet(question)
  }

  #get(who: string, query: AnalyticsQuery, options: CallOptions, usual?: string): Get {
    const target = targetOf(query, usual)
    if (target.pages) {
      throw new QueryError(
        `${who}: paging is for rows() and aggregate(), which put the rows of pages together; ask for one page with ` +
          'page and pageSize in params',
      )
    }
    return this.#whole(target, options)
  }

  #whole({ endpoint, search }: Target, options: CallOptions): Get {
    return this.#connection.get(endpoint, search, options)
  }

  #page({ endpoint }: Target, pages: PagedList, page: number, options: CallOptions): Get {
    return this.#connection.get(endpoint, pages.searchOf(page), options)
  }
}

/** A pipeline that fails does not wait for its sink to remove what it made. */
function closed(sink: FileSink): Promise<void> {
  return new Promise((resolve) => {
    if (sink.closed) resolve()
    else sink.once('close', resolve)
  })
}
