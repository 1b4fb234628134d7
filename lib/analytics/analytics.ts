import { pipeline as finished } from 'node:stream/promises'
import { validate } from '../checks/validate.ts'
import type { Table } from '../columns/table.ts'
import { QueryError } from '../errors.ts'
import type { DataValue } from '../grid/data-values.ts'
import type { Grid } from '../grid/grid.ts'
import type { BodyStream } from '../http/body-stream.ts'
import type { PreparedRequest } from '../http/open.ts'
import { type CallOptions, callOptionsSchema } from '../http/options.ts'
import type { Server } from '../http/server.ts'
import { startingOver } from '../http/start-over.ts'
import { ListRows } from '../lists/list-rows.ts'
import type { Pull } from '../pull/pull.ts'
import { SplitRows } from '../pull/split-rows.ts'
import { formatOf } from '../query/endpoint-table.ts'
import { checkFileFormat } from '../query/file-format.ts'
import { checkWholeList, type ListQuestion, listQuestionOf } from '../query/list-question.ts'
import { crossedOperands } from '../query/operands.ts'
import { defaultPageSize } from '../query/paging.ts'
import { type AnalyticsQuery, formats, type Target, targetOf } from '../query/query.ts'
import type { DataValueSetQuestion, OutlierDetectionQuestion, RawDataQuestion } from '../query/questions.ts'
import { chain } from '../rows/chain.ts'
import type { RowStream, TransformTo } from '../rows/row-stream.ts'
import { checkDestination } from '../sinks/check-destination.ts'
import { type Destination, pathOf } from '../sinks/destination.ts'
import { FileSink } from '../sinks/file.ts'
import { closed } from '../streams/closed.ts'
import { countBytes } from '../transforms/count-bytes.ts'
import { parseDataValues } from '../transforms/parse-data-values.ts'
import type { Calls, DataValueSetQuery, GridQuery } from './bound-query.ts'
import { dropCrossed } from './crossed-operands.ts'
import {
  type Endpoints,
  type Enrollments,
  type Events,
  endpointsOf,
  type TrackedEntities,
} from './endpoints.ts'
import { type Form, gridForm } from './form.ts'
import { EmptyAware, NeverRan } from './never-ran.ts'
import {
  type PlanOptions,
  planOptionsSchema,
  type StreamToOptions,
  streamToSchema,
  type TableCallOptions,
  tableOptionsSchema,
} from './options.ts'
import { preflightOf } from './preflight.ts'
import { wholeJson } from './whole-json.ts'

/** The analytics of one server. Get it as `client.analytics`. */
export class Analytics implements Calls, Endpoints {
  readonly events: Events
  readonly enrollments: Enrollments
  readonly trackedEntities: TrackedEntities
  readonly #server: Server
  readonly #endpoints: Endpoints
  readonly #neverRan: NeverRan

  constructor(server: Server) {
    this.#server = server
    this.#neverRan = new NeverRan(server)
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
    const checked = validate(callOptionsSchema, options, 'stream options')
    return this.#server.body(this.#prepare('stream', query, checked), checked)
  }

  /**
   * The rows of the answer, one by one: `stream()` and `parseRows()` in one. Announces its headers as every row
   * stream does, and ends both when it is destroyed or a `for await` is left.
   *
   * Of events, enrollments and tracked entities all rows, each once, unless `params` asks for one page with `page` or
   * `pageSize`. They come in as many answers as it takes, in constant memory: windows of days of events and
   * enrollments, without an order among the rows of each; pages in the order of their id of tracked entities. Events
   * without any period are those of the last 12 months, as servers have it; `metaData.spans` tells the days that were
   * asked for. `metaData` gains the items of each answer before its rows. The stream fails with an
   * UnexpectedContentError or TruncatedResponseError where answers contradict each other or what was counted, or a row
   * comes twice (the last two million keys at least are remembered, in 64 MB); and where one day of one org unit has
   * more rows than the server gives.
   *
   * With `split: true` the question is asked in pieces, as `plan()` cuts them, up to four at once; a piece is tried again
   * or cut before the stream fails with it. Rows come in no order, and up to four pieces of 50,000 cells are held.
   *
   * @throws QueryError, ClientClosedError; the stream fails with any other error of the family.
   */
  rows(query: AnalyticsQuery, options: CallOptions = {}): RowStream {
    const call = validate(callOptionsSchema, options, 'rows options')
    const target = targetOf(query)
    this.#checkRows(target, 'rows')
    if (target.split) return this.#split(target, call)
    const list = listQuestionOf(target.endpoint, target.pairs)
    const whole = this.#wholeList(target, list, call, false)
    if (whole) return whole
    const { endpoint, pairs } = target
    const crossed = crossedOperands(endpoint, pairs)
    const body = this.#server.body(this.#one(target, list, call), call)
    const parser = new EmptyAware(() => this.#neverRan.suspect(endpoint, call.signal), call.signal)
    return crossed ? chain(body, parser, dropCrossed(crossed.isAsked)) : chain(body, parser)
  }

  /**
   * The whole answer as a Grid, in memory. A body that breaks off is asked for anew, within the retries. Of events,
   * enrollments and tracked entities all rows, as `rows()` gives them; each answer has the retries of a call.
   *
   * @throws every error of the family; an AbortError where `signal` says so.
   */
  async aggregate(query: AnalyticsQuery, options: CallOptions = {}): Promise<Grid> {
    const call = validate(callOptionsSchema, options, 'aggregate options')
    return this.#whole('aggregate', query, call, gridForm)
  }

  /**
   * The whole answer in memory, as `aggregate()` gives it, but a column at a time and typed by the headers: numbers in a
   * Float64Array, text as codes into a dictionary. Of a million rows it takes a fraction of the time and memory.
   *
   * ```ts
   * const { value } = (await client.analytics.table({ dx, pe, ou })).columns
   * if (value?.kind === 'number') console.log(value.values.reduce((sum, number) => sum + number, 0))
   * ```
   *
   * @throws what `aggregate()` does; RowError where a cell does not fit the type of its column; QueryError where `columns`
   * names none that is there.
   */
  async table(query: AnalyticsQuery, options: TableCallOptions = {}): Promise<Table> {
    const { columns, ...call } = validate(tableOptionsSchema, options, 'table options')
    // Loaded for those who want columns.
    const { tableForm } = await import('./table-form.ts')
    return this.#whole('table', query, call, tableForm(columns))
  }

  /**
   * Writes the answer of any endpoint to a file, as it came but decompressed, and resolves to the bytes written.
   *
   * The file appears whole or not at all: bytes go to `<name>.<random>.partial` beside it, which is renamed when all is
   * there. Of JSON the end is looked for, which HTTP may have lost; other formats are as whole as HTTP says they are.
   * A name that is another format's than the endpoint's, `x.csv` of `.json`, is a QueryError. Missing directories are
   * made. A body that breaks off is asked for anew, within the retries. On failure an old file of that name is as it
   * was and nothing else is left.
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
    } = validate(streamToSchema, options, 'streamTo options')
    const path = pathOf(destination)
    const prepared = this.#prepare('streamTo', query, call)
    checkFileFormat(path, query.endpoint ?? '/api/analytics.json')
    checkDestination(path)
    return startingOver(this.#server, prepared, call.signal, async () => {
      const body = this.#server.body(prepared, call)
      const counter = countBytes({ onProgress })
      const sink = new FileSink(path, chunkSize)
      const checks = prepared.format === 'json' ? [wholeJson()] : []
      try {
        await finished([body, counter, ...checks, sink])
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
    const call = validate(callOptionsSchema, options, 'dataValues options')
    const prepared = this.#prepare('dataValues', query, call, '/api/analytics/dataValueSet.json')
    return chain(this.#server.body(prepared, call), parseDataValues({ signal: call.signal }))
  }

  /**
   * A question that is too large for one request, as pieces that are disjoint and cover it: `plan.describe()` tells them.
   * The server is asked what its keywords stand for today, `LAST_12_MONTHS` or `LEVEL-5`, and how its data items are
   * aggregated; that is what is pulled, whenever it is run. Data is not asked for yet.
   *
   * @throws QueryError for what must not be cut, with the reason, and for ids that are not there; whatever `aggregate()`
   * throws.
   */
  async plan(query: AnalyticsQuery, options: PlanOptions = {}): Promise<Pull> {
    const { pieceCells, urlBytes, ...call } = validate(planOptionsSchema, options, 'plan options')
    const target = targetOf(query)
    // Loaded for those who pull.
    const { planPull } = await import('../pull/plan-pull.ts')
    const size = { ...(pieceCells && { cells: pieceCells }), ...(urlBytes && { urlBytes }) }
    return planPull(this.#server, target, call, size)
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

  /** All of an answer, in one form or another. */
  async #whole<T>(
    who: string,
    query: AnalyticsQuery,
    call: CallOptions,
    { ofList, ofBody }: Form<T>,
  ): Promise<T> {
    const target = targetOf(query)
    this.#checkRows(target, who)
    if (target.split) return ofList(this.#split(target, call))
    const list = listQuestionOf(target.endpoint, target.pairs)
    const whole = this.#wholeList(target, list, call, true)
    if (whole) return ofList(whole)
    const crossed = crossedOperands(target.endpoint, target.pairs)
    const prepared = this.#one(target, list, call)
    const { made, isEmpty } = await startingOver(this.#server, prepared, call.signal, () =>
      ofBody(this.#server.body(prepared, call), crossed?.isAsked),
    )
    if (isEmpty) await this.#neverRan.suspect(target.endpoint, call.signal)
    return made
  }

  /** One answer, as the server gives it. */
  #prepare(who: string, query: AnalyticsQuery, options: CallOptions, usual?: string): PreparedRequest {
    const target = targetOf(query, usual)
    if (target.split) {
      throw new QueryError(
        `${who}: split is for rows(), aggregate() and table(), whose rows come in pieces; leave it out`,
      )
    }
    if (target.paging) {
      throw new QueryError(
        `${who}: paging is for rows() and aggregate(), which give the whole list; ask for one page with page and ` +
          'pageSize in params',
      )
    }
    const list = listQuestionOf(target.endpoint, target.pairs)
    if (list && !list.isOnePage) warnOfOnePage(who, target.endpoint)
    return this.#one(target, list, options)
  }

  #one(
    { endpoint, pairs, search, paging }: Target,
    list: ListQuestion | undefined,
    options: CallOptions,
  ): PreparedRequest {
    if (paging && !list) {
      throw new QueryError(
        'Query: paging is for events, enrollments and tracked entities queries; leave it out, as other endpoints ' +
          'answer in one piece',
      )
    }
    const preflight = preflightOf(endpoint, pairs, list, this.#server, options)
    return { ...this.#server.prepare(endpoint, search, options, formatOf(endpoint)), preflight }
  }

  /** @throws QueryError where the answer has no rows to read, or more than rows() would hand on. */
  #checkRows({ endpoint, pairs }: Target, who: string): void {
    const format = formatOf(endpoint)
    if (otherFormats.includes(format)) {
      throw new QueryError(
        `${who}: rows are read from JSON, not from ${format}; take the endpoint's .json, or streamTo() for a file`,
      )
    }
    if (who === 'aggregate' || !pairs.some(([name, value]) => name === 'rowContext' && value !== 'false'))
      return
    throw new QueryError(
      `${who}: the row context would be dropped; leave rowContext out, or take aggregate()`,
    )
  }

  #split(target: Target, call: CallOptions): SplitRows {
    const { endpoint, search } = target
    const prepared = this.#server.prepare(endpoint, search, call)
    this.#server.assertOpen(prepared)
    const onEmpty = () => this.#neverRan.suspect(endpoint, call.signal)
    return new SplitRows(target, this.#server, call, { request: prepared.request, onEmpty })
  }

  /** All rows of a list; undefined for whatever is no list, or one page of it. */
  #wholeList(
    { endpoint, search, paging }: Target,
    list: ListQuestion | undefined,
    call: CallOptions,
    inWholeParts: boolean,
  ): ListRows | undefined {
    if (!list || (list.isOnePage && !paging)) return undefined
    checkWholeList(list, paging)
    const prepared = this.#server.prepare(endpoint, search, call)
    this.#server.assertOpen(prepared)
    const { pageSize = defaultPageSize } = paging ?? {}
    return new ListRows(list, this.#server, call, { pageSize, request: prepared.request, inWholeParts })
  }
}

/** What rows can't be read from; a path of another server's may end as it likes. */
const otherFormats: readonly string[] = formats.filter((format) => format !== 'json')

/** `stream` and `streamTo` hand on what the server gives, which of a list is 50 rows. */
function warnOfOnePage(who: string, endpoint: string): void {
  process.emitWarning(
    `${who} gives one page of ${endpoint}, 50 rows unless the server says otherwise; rows() gives all of them, and ` +
      'page or pageSize in params says that one page is meant',
    { type: 'Dhis2AnalyticsWarning', code: 'DHIS2_ONE_PAGE' },
  )
}
