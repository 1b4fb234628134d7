import type { Header } from '../grid/grid.ts'
import type { RowStream } from '../rows/row-stream.ts'
import type { Sighting } from './freshness/pin.ts'
import type { Piece, PieceId } from './piece.ts'
import type { Known } from './refresh/known.ts'

/** What is known of a piece that was written. */
export interface PieceFacts {
  readonly rowCount: number
  /** Bytes of the answer, decompressed. */
  readonly byteCount: number
  /** When the server began to answer and when all of it had come, by the server's own clock: ISO, UTC. */
  readonly answeredAt: string
  readonly endedAt: string
  /** How long it took to be asked and answered. */
  readonly tookMs: number
  /** Which run of the dataset wrote it, from 1. */
  readonly run: number
  /** Rows by data item, so that those without a row in the whole can be told; left out where there is no dx. */
  readonly rowsOf?: Readonly<Record<string, number>> | undefined
  /** The columns of all pieces, in the order that they are written in: with the first piece of a dataset. */
  readonly columns?: readonly Header[] | undefined
}

/** What happened to pieces, oldest first, as a store keeps it. A piece that was split or joined counts no more. */
export type PieceEvent =
  | { readonly type: 'split'; readonly piece: PieceId; readonly into: readonly PieceId[] }
  | { readonly type: 'join'; readonly pieces: readonly PieceId[]; readonly into: PieceId }
  | { readonly type: 'done'; readonly piece: PieceId; readonly facts: PieceFacts }
  | { readonly type: 'setAside'; readonly piece: PieceId; readonly reason: string; readonly code: string }
  /**
   * What these hold may not be true any more. They are asked for again, whole, and what is there until then counts no more:
   * so many rows and bytes.
   */
  | ({ readonly type: 'stale'; readonly pieces: readonly PieceId[]; readonly why: string } & Counts)
  /**
   * The question means something else now. The pieces of the new plan are numbered behind those of the ones before. Of them
   * `kept`, from number to number, are there already as pieces of another; `dropped` are asked for no more, nor are those
   * that were `stale`.
   */
  | ({
      readonly type: 'plan'
      readonly plan: unknown
      /** Where the dataset was adopted by another question. */
      readonly question?: DatasetHead['question']
      readonly pieceCount: number
      readonly kept: readonly (readonly [from: number, to: number])[]
      readonly dropped: readonly PieceId[]
      readonly stale: readonly PieceId[]
      /** How many pieces are there and stay: a store that keeps only what happened last to each may tell them later. */
      readonly stayingCount: number
    } & Counts)
  /** Nothing is left of what the last plan dropped. */
  | { readonly type: 'dropped' }
  /** What the server said of its analytics. */
  | { readonly type: 'seen'; readonly sightings: readonly Sighting[] }
  | { readonly type: 'known'; readonly known: Known }

/** Of pieces that count no more. */
interface Counts {
  readonly rowCount: number
  readonly byteCount: number
}

/** What stands at the head of a store: the question as it was asked, and what it meant on that day. */
export interface DatasetHead {
  /** Of the journal; a store with a newer one is refused untouched. */
  readonly format: 1
  /** The server and the question as they were given, before anything was frozen: the name of the dataset. */
  readonly question: { readonly server: string; readonly asked: readonly (readonly [string, string])[] }
  /** The plan in JSON. */
  readonly plan: unknown
  /** Whether a dataset of another question to the same server may become one of this. Not kept. */
  readonly adopts?: boolean | undefined
}

/** Where the pieces of a pull go: a folder of files, a table, a function of the user's. */
export interface PieceStore {
  /**
   * Opens the dataset, or begins one. Holds it until `close`: a second run at once fails here, and is told since when the
   * first runs; one whose process is gone is taken over.
   *
   * @throws DatasetError where it holds another question, with what differs; where its format is newer; where it is in use.
   */
  open(head: DatasetHead, signal: AbortSignal): Promise<OpenStore>
  /**
   * What is there, also while a run has it: holds nothing and changes nothing. Undefined where no dataset was begun.
   *
   * @throws DatasetError where its format is newer, or its journal is damaged.
   */
  look(): Promise<SeenDataset | undefined>
}

/** A dataset as it is seen by whoever does not hold it. */
export interface SeenDataset {
  readonly head: DatasetHead
  /** How many runs and refreshes wrote to it. */
  readonly runCount: number
  /** What happened so far. */
  readonly events: Iterable<PieceEvent>
  /** The run that has it; undefined where none does. */
  readonly heldBy: DatasetHolder | undefined
}

/** A run that has a dataset. */
export interface DatasetHolder {
  readonly pid: number
  readonly host: string
  /** Since when: ISO, UTC. */
  readonly since: string
  /** Whether it may still go on: a hold of one that is gone is taken over by the next. */
  readonly mayBeAlive: boolean
}

/** A dataset that is held by this run. */
export interface OpenStore {
  /** Its own head, which goes on where this is not its first run. */
  readonly head: DatasetHead
  /** Which run this is, from 1. */
  readonly run: number
  /** Whether whoever takes the rows of pieces may look at their metaData, which else is not asked for. */
  readonly readsMetaData: boolean
  /** What happened so far. */
  readonly events: Iterable<PieceEvent>
  /**
   * Takes the rows of a piece and marks it done in one act: after a crash at any instant either both are there or neither.
   * Rows of the same piece that are there already are replaced. `facts` is asked once all rows have come. On failure
   * nothing of it is left.
   */
  write(piece: Piece, rows: RowStream, facts: () => PieceFacts): Promise<PieceFacts>
  /** Keeps what happened, before anything follows from it. */
  note(event: Exclude<PieceEvent, { type: 'done' }>): Promise<void>
  /**
   * Removes the rows of pieces that are asked for no more, or in parts from now on: those that are there. Notes nothing; asked
   * again after a crash.
   */
  drop(pieces: readonly Piece[]): Promise<void>
  /** All pieces are done, or set aside. Leaves nothing that belongs to no piece. */
  finish(): Promise<void>
  /** Lets go of it. */
  close(): Promise<void>
}
