import type { Table } from '../columns/table.ts'
import type { DataValue } from '../grid/data-values.ts'
import type { Grid } from '../grid/grid.ts'
import type { BodyStream } from '../http/body-stream.ts'
import type { CallOptions } from '../http/options.ts'
import type { Paging } from '../query/paging.ts'
import type { AnalyticsQuery, Dimensions, Items, Periods, QueryParams } from '../query/query.ts'
import type { RowStream, TransformTo } from '../rows/row-stream.ts'
import type { Destination } from '../sinks/destination.ts'
import type { StreamToOptions, TableCallOptions } from './options.ts'

/** What can be done with a query: the calls of `client.analytics`. */
export interface Calls {
  stream(query: AnalyticsQuery, options?: CallOptions): BodyStream
  rows(query: AnalyticsQuery, options?: CallOptions): RowStream
  aggregate(query: AnalyticsQuery, options?: CallOptions): Promise<Grid>
  table(query: AnalyticsQuery, options?: TableCallOptions): Promise<Table>
  streamTo(destination: Destination, query: AnalyticsQuery, options?: StreamToOptions): Promise<number>
  dataValues(query: AnalyticsQuery, options?: CallOptions): TransformTo<DataValue>
}

/**
 * A query to one endpoint. It is an AnalyticsQuery like any other, to be given to `client.analytics.rows(…)` or spread
 * into another; and it knows its client: `query.rows(options)` is `client.analytics.rows(query, options)`.
 */
class BoundQuery implements AnalyticsQuery {
  declare readonly endpoint: string
  declare readonly dx?: Items | undefined
  declare readonly pe?: Periods | undefined
  declare readonly ou?: Items | undefined
  declare readonly dimension?: Dimensions | undefined
  declare readonly filter?: Dimensions | undefined
  declare readonly params?: QueryParams | undefined
  declare readonly paging?: Paging | undefined
  declare readonly split?: boolean | undefined
  readonly #calls: Calls

  constructor(calls: Calls, query: AnalyticsQuery) {
    Object.assign(this, query)
    this.#calls = calls
  }

  protected get calls(): Calls {
    return this.#calls
  }

  /** `client.analytics.stream(query, options)`. */
  stream(options?: CallOptions): BodyStream {
    return this.#calls.stream(this, options)
  }

  /** `client.analytics.streamTo(destination, query, options)`. */
  streamTo(destination: Destination, options?: StreamToOptions): Promise<number> {
    return this.#calls.streamTo(destination, this, options)
  }
}

/** A query whose answer is a grid. */
export class GridQuery extends BoundQuery {
  /** `client.analytics.rows(query, options)`. */
  rows(options?: CallOptions): RowStream {
    return this.calls.rows(this, options)
  }

  /** `client.analytics.aggregate(query, options)`. */
  aggregate(options?: CallOptions): Promise<Grid> {
    return this.calls.aggregate(this, options)
  }

  /** `client.analytics.table(query, options)`. */
  table(options?: TableCallOptions): Promise<Table> {
    return this.calls.table(this, options)
  }
}

/** A query whose answer is a data value set. */
export class DataValueSetQuery extends BoundQuery {
  /** `client.analytics.dataValues(query, options)`. */
  dataValues(options?: CallOptions): TransformTo<DataValue> {
    return this.calls.dataValues(this, options)
  }
}
