import { DatasetError, QueryError } from '../errors.ts'
import type { FrozenQuestion } from './frozen-question.ts'
import type { Piece, PieceId, Plan } from './piece.ts'
import { type Box, boxAt, cutBox, dataAxis, isAllowed, type PlannedGroup } from './plan-box.ts'
import type { Group } from './plan-group.ts'
import { groupsOf } from './plan-groups.ts'
import { cellsOf, fixedBytes, pieceOf } from './plan-piece.ts'
import { allOf, baseBlocks, longest, type PieceSize } from './plan-sizes.ts'
import { alongData } from './run/piece-id.ts'

export const usualSize: PieceSize = { cells: 50_000, urlBytes: 6500 }

/** A group of a plan in numbers, for people. */
export interface GroupSummary {
  readonly group: string
  readonly why: string
  /** The number of its first piece. */
  readonly first: number
  readonly pieces: number
  /** Undefined where nobody can tell. */
  readonly cells?: number
  /** The bytes of its longest URL, path and query. */
  readonly urlBytes: number
  /** Data items of which nothing is ever cut. */
  readonly whole?: readonly string[]
  /** Of each axis its items, and how many blocks they are cut into. */
  readonly axes: Readonly<Record<string, { readonly items: number; readonly blocks: number }>>
}

/** A plan in JSON. */
export interface PlanJson {
  readonly format: 1
  readonly size: PieceSize
  readonly pieceCount: number
  readonly groups: readonly GroupSummary[]
  readonly question: FrozenQuestion
}

/** A plan that is computed as it is asked for: a million pieces take no more memory than the items of its axes. */
export class PiecePlan implements Plan {
  readonly pieceCount: number
  readonly question: FrozenQuestion
  readonly size: PieceSize
  readonly #planned: readonly PlannedGroup[]

  /** @throws QueryError where a URL has no room for what must not be cut. */
  constructor(question: FrozenQuestion, size: Partial<PieceSize> = {}) {
    this.question = question
    this.size = { ...usualSize, ...size }
    let first = 0
    this.#planned = groupsOf(question).map((group) => {
      const blocks = baseBlocks(group, this.size, fixedBytes(question, group))
      const count = blocks.reduce((product, { length }) => product * length, 1)
      const planned = { group, blocks, first, count }
      refuseLong(this.#longest(planned), this.size, group)
      first += count
      return planned
    })
    this.pieceCount = first
  }

  piece(id: PieceId): Piece {
    const [, number, last, tail] = /^(0|[1-9]\d*)(?:-([1-9]\d*))?((?:\.[1-9]\d*)*)$/.exec(id) ?? []
    if (number === undefined || Number(number) >= this.pieceCount) throw unknown(id)
    if (last !== undefined) {
      const count = Number(last) - Number(number) + 1
      const joined = count > 1 && !tail ? this.joined(Number(number), count) : undefined
      if (joined?.id !== id) throw unknown(id)
      return joined
    }
    const { planned, box } = this.#box(id)
    return pieceOf(this.question, planned.group, box, id)
  }

  *pieces(from = 0): Generator<Piece, void> {
    for (let number = from; number < this.pieceCount; number++) yield this.piece(String(number))
  }

  cut({ id }: Piece, isAlongData = false): readonly Piece[] {
    const [first, last] = id.split('-').map(Number) as [number, number?]
    if (last !== undefined) return this.#parted(first, last)
    const { planned, box } = this.#box(id)
    const { group } = planned
    const dx = isAlongData ? dataAxis(group, box) : -1
    const boxes = cutBox(group, box, this.#room(group), dx === -1 ? undefined : dx)
    const number = dx === -1 ? 1 : alongData + 1
    return boxes.map((each, at) => pieceOf(this.question, group, each, `${id}.${number + at}`))
  }

  joined(from: number, count: number): Piece {
    if (!(from >= 0 && from < this.pieceCount)) throw unknown(String(from))
    const planned = this.#plannedAt(from)
    const room = this.#room(planned.group)
    for (let most = Math.min(count, planned.count); most > 1; most = Math.floor(most * 0.8)) {
      const { box, count: taken } = boxAt(planned, from - planned.first, most)
      if (taken === 1) break
      if (isAllowed(planned.group, box, room)) {
        return pieceOf(this.question, planned.group, box, `${from}-${from + taken - 1}`)
      }
      most = taken
    }
    return this.piece(String(from))
  }

  toJSON(): PlanJson {
    const { size, pieceCount, groups, question } = this
    return { format: 1, size, pieceCount, groups, question }
  }

  /** Each group in numbers. */
  get groups(): readonly GroupSummary[] {
    return this.#planned.map((planned) => {
      const { group, blocks, first, count } = planned
      const cells = cellsOf(group, group.axes.map(allOf))
      return {
        group: group.name,
        why: group.why,
        first,
        pieces: count,
        ...(cells !== undefined && { cells }),
        urlBytes: this.#longest(planned),
        ...(group.isWhole && { whole: group.axes.find(({ name }) => name === 'dx')?.items(0, 1) ?? [] }),
        axes: Object.fromEntries(
          group.axes.map((axis, at) => [
            axis.name,
            { items: axis.itemCount(0, axis.count), blocks: blocks[at]!.length },
          ]),
        ),
      }
    })
  }

  #plannedAt(number: number): PlannedGroup {
    return this.#planned.findLast(({ first, count }) => first <= number && count > 0)!
  }

  /** @throws RangeError */
  #box(id: PieceId): { planned: PlannedGroup; box: Box } {
    const [number, ...cuts] = id.split('.').map(Number) as [number, ...number[]]
    const planned = this.#plannedAt(number)
    let { box } = boxAt(planned, number - planned.first, 1)
    for (const cut of cuts) {
      const dx = cut > alongData ? dataAxis(planned.group, box) : undefined
      const part = cutBox(planned.group, box, this.#room(planned.group), dx)[(cut - 1) % alongData]
      if (!part) throw unknown(id)
      box = part
    }
    return { planned, box }
  }

  /** Pieces that were joined, as fewer of them. */
  #parted(first: number, last: number): Piece[] {
    const half = Math.ceil((last - first + 1) / 2)
    const parts: Piece[] = []
    for (let at = first; at <= last; ) {
      const part = this.joined(at, Math.min(half, last - at + 1))
      parts.push(part)
      at = Number(part.id.split('-').at(-1)) + 1
    }
    return parts
  }

  #room(group: Group): number {
    return this.size.urlBytes - fixedBytes(this.question, group)
  }

  #longest({ group, blocks }: PlannedGroup): number {
    const bytes = group.axes.map((axis, at) => longest(axis, blocks[at]!))
    return bytes.reduce((total, each) => total + each, fixedBytes(this.question, group))
  }
}

/**
 * A plan from its JSON.
 *
 * @throws DatasetError for a newer format, and where this version would cut the same question into other pieces.
 */
export function planFrom(json: unknown): PiecePlan {
  const { format, size, groups, question } = json as PlanJson
  if (format !== 1) throw new DatasetError(`The plan is of format ${format}, and this version reads format 1`)
  const plan = new PiecePlan(question, size)
  if (JSON.stringify(plan.groups) === JSON.stringify(groups)) return plan
  throw new DatasetError('The plan was made by another version, which cuts the question into other pieces')
}

function refuseLong(bytes: number, { urlBytes }: PieceSize, { name, why }: Group): void {
  if (bytes <= urlBytes) return
  throw new QueryError(
    `plan: a request for ${name} takes ${bytes} bytes of URL, of ${urlBytes}; ask for fewer items (${why})`,
  )
}

function unknown(id: PieceId): RangeError {
  return new RangeError(`The plan has no piece ${id}`)
}
