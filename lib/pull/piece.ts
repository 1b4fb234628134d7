import type { Pair } from '../query/dimension-text.ts'

/**
 * Which piece of a plan, in text that tells all of it.
 *
 * - `12`: the thirteenth of the pieces that a plan starts with
 * - `12.1`, `12.2`: its halves, and `12.2.1` half of one of those; how a piece is cut depends on nothing but the plan
 * - `12.1001`, `12.1002`: its parts where it was cut along its data items, to find the one that is wrong
 * - `12-15`: those four as one request
 */
export type PieceId = string

/** One request of a plan: what it asks for, and what it is to answer. Pieces of a plan are disjoint and cover it. */
export interface Piece {
  readonly id: PieceId
  /** The class of data that it belongs to, such as `data elements, SUM`; sizes are learnt for each on its own. */
  readonly group: string
  readonly endpoint: string
  /** The parameters of its request. */
  readonly pairs: readonly Pair[]
  /** At most so many rows; undefined where nobody can tell, as of events. */
  readonly cells: number | undefined
  /**
   * What it is to answer, by the name of the column: data items, periods, org units and others, each a list of ids. Of a
   * store in a table these are the rows that the piece replaces. Undefined for what is cut by dates.
   */
  readonly covers: Readonly<Record<string, readonly string[]>> | undefined
  /** Days, where it is cut by dates: both ends counted. */
  readonly days?: { readonly column: string; readonly from: string; readonly to: string } | undefined
  /** Whether it is walked as a whole list, page by page, and not asked for at once. */
  readonly isList: boolean
  /**
   * Whether a row is one that was asked for, by its cells in the order of `headers`: some requests have to ask for more, and
   * some servers give it unasked. Undefined where all rows are.
   */
  readonly isWanted?: ((headers: readonly string[]) => (row: readonly unknown[]) => boolean) | undefined
  /**
   * The paths of all org units of the question, where it asks for its own as a level below others: rows of the rest of them
   * are of other pieces, and come where one has been moved since.
   */
  readonly amongPaths?: readonly string[] | undefined
}

/** All pieces of a frozen question. Pure: the same question gives the same pieces, byte for byte. */
export interface Plan {
  /** How many pieces it starts with. */
  readonly pieceCount: number
  /** @throws RangeError for an id that is none of this plan's. */
  piece(id: PieceId): Piece
  /** The pieces it starts with, made as they are asked for. */
  pieces(from?: number): Iterable<Piece>
  /**
   * The pieces that one is cut into: two or more; none where it can't be cut any further. Along its data items where
   * something is wrong about one of them, if it has several.
   */
  cut(piece: Piece, isAlongData?: boolean): readonly Piece[]
  /**
   * Pieces from number `from` on as one request: as many as `count` and the length of a URL allow, of one group and one
   * block. With a count of 1 the piece itself.
   */
  joined(from: number, count: number): Piece
  /** The same in JSON, from which `planFrom()` makes it again. */
  toJSON(): unknown
}
