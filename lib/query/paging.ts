/** How the rows of a list are asked for. */
export interface Paging {
  /**
   * How many rows are asked for in one answer. A server that allows fewer gives fewer; a day that has more is asked for
   * at once as far as the server allows. Default 50,000.
   */
  pageSize?: number | undefined
}

export const defaultPageSize = 50_000
