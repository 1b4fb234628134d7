import type { Readable } from 'node:stream'
import { QueryError } from '../../errors.ts'
import { type AnsweredAt, answeredAt, type ResponseInfo } from '../../http/body-stream.ts'
import type { CallOptions } from '../../http/options.ts'
import type { Server } from '../../http/server.ts'
import { ListRows } from '../../lists/list-rows.ts'
import { formatOf } from '../../query/endpoint-table.ts'
import { listQuestionOf } from '../../query/list-question.ts'
import { defaultPageSize } from '../../query/paging.ts'
import { searchOf } from '../../query/query.ts'
import { chain } from '../../rows/chain.ts'
import type { RowStream } from '../../rows/row-stream.ts'
import { RowParser } from '../../transforms/parse-rows.ts'
import type { Piece } from '../piece.ts'
import type { PieceFacts } from '../store.ts'
import type { SharedColumns } from './columns.ts'
import { pieceStage } from './piece-rows.ts'

/** A piece on its way. */
export interface Asked {
  readonly rows: RowStream
  /** What the request or its answer failed with; undefined where whatever takes the rows did. */
  readonly failure: Error | undefined
  /** How many requests it took so far. */
  readonly requestCount: number
  /** Once all rows have come. */
  facts(): Omit<PieceFacts, 'run' | 'columns'>
}

/** Asks for a piece. Its rows have `columns`, which the first of all pieces says. */
export type AskPiece = (piece: Piece, columns: SharedColumns, signal: AbortSignal) => Asked

/**
 * Asks a server, in one attempt: what is done about a failure is for the run to say. The metaData of a grid is as long as
 * its axes, and again in each piece: where nobody reads it, it is not asked for.
 */
export function askServer(server: Server, options: CallOptions, readsMetaData: boolean): AskPiece {
  return (piece, columns, signal) => {
    const call = { ...options, retry: false as const, signal }
    if (piece.isList) return askList(server, call, piece, columns)
    return askOnce(server, call, readsMetaData ? piece : withoutMetaData(piece), columns)
  }
}

function withoutMetaData(piece: Piece): Piece {
  const others = piece.pairs.filter(([name]) => name !== 'skipMeta')
  return { ...piece, pairs: [...others, ['skipMeta', 'true']] }
}

function askOnce(server: Server, call: CallOptions, piece: Piece, columns: SharedColumns): Asked {
  const { endpoint, pairs } = piece
  const prepared = server.prepare(endpoint, searchOf(pairs), call, formatOf(endpoint))
  const body = server.body(prepared, call)
  let answered: AnsweredAt | undefined
  body.once('response', (info: ResponseInfo) => {
    answered = answeredAt(info)
  })
  const parser = new RowParser({})
  return asked(piece, columns, [body, parser], {
    requestCount: () => 1,
    byteCount: () => body.receivedBytes,
    answeredAt: () => answered,
  })
}

function askList(server: Server, call: CallOptions, piece: Piece, columns: SharedColumns): Asked {
  const { endpoint, pairs } = piece
  const question = listQuestionOf(endpoint, pairs)
  if (!question) throw new QueryError(`Query: ${endpoint} is no list`)
  const { request } = server.prepare(endpoint, searchOf(pairs), call)
  const options = { pageSize: defaultPageSize, request, inWholeParts: false, isOneByOne: true }
  const list = new ListRows(question, server, call, options)
  return asked(piece, columns, [list], {
    requestCount: () => Math.max(1, list.requestCount),
    byteCount: () => list.byteCount,
    answeredAt: () => list.answeredAt,
  })
}

interface Told {
  requestCount(): number
  byteCount(): number
  /** Of the first answer, where there was one. */
  answeredAt(): AnsweredAt | undefined
}

function asked(
  piece: Piece,
  columns: SharedColumns,
  stages: readonly [Readable, ...RowParser[]],
  told: Told,
): Asked {
  let failure: Error | undefined
  const begunAt = performance.now()
  const keep = (error: Error) => {
    failure ??= error
  }
  for (const stage of stages) stage.once('error', keep)
  const { stage, rowsOf } = pieceStage(piece, columns, keep)
  const [source, ...others] = stages
  const rows = chain(source, ...others, stage)
  return {
    rows,
    get failure() {
      return failure
    },
    get requestCount() {
      return told.requestCount()
    },
    facts() {
      const now = performance.now()
      // The server's clock tells when it began to answer, ours how long that went on.
      const { date = '', at = begunAt } = told.answeredAt() ?? {}
      const answeredMs = Date.parse(date) || Date.now() - (now - at)
      return {
        rowCount: rows.rowCount,
        byteCount: told.byteCount(),
        answeredAt: new Date(answeredMs).toISOString(),
        endedAt: new Date(answeredMs + (now - at)).toISOString(),
        tookMs: Math.round(now - begunAt),
        rowsOf: rowsOf(),
      }
    },
  }
}
