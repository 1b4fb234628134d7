import type { Piece, PieceId } from '../piece.ts'
import { AxisClasses } from './axis-classes.ts'
import type { Need } from './needs.ts'
import { reaches, type SpanOf } from './reach.ts'

/** A value that has changed, or is no more. */
export interface Change {
  readonly dataElement: string
  readonly period: string
  readonly orgUnit: string
  readonly categoryOptionCombo?: string | undefined
  readonly attributeOptionCombo?: string | undefined
}

export interface MarksOptions {
  /** The pieces that count: no leaf of another. */
  readonly pieces: Iterable<Pick<Piece, 'id' | 'covers'>>
  readonly needs: readonly Need[]
  readonly spanOf: SpanOf
  /** An org unit and all above it. */
  readonly aboveOf: (orgUnit: string) => readonly string[]
}

/** Pieces of the same lists, by the numbers of these. */
interface Brick {
  readonly dx: number
  readonly pe: number
  readonly ou: number
  readonly pieces: PieceId[]
}

/** More classes than a plan has of org units. */
const manyClasses = 2 ** 26

/**
 * Which pieces may answer otherwise since values have changed.
 *
 * Pieces share few lists of data items, periods and org units: a plan cuts a block of them like a brick. Each list is one
 * class, so that a value is looked up in classes and not in pieces, and one with the same element, period and classes of
 * org units as one before is passed over. A million values against a hundred thousand pieces take a second or two.
 */
export class PieceMarks {
  readonly #dx: AxisClasses
  readonly #pe: AxisClasses
  readonly #ou: AxisClasses
  readonly #bricks = new Map<number, Brick>()
  readonly #needs = new Map<string, Need[]>()
  readonly #withCombos = new Set<string>()
  readonly #options: MarksOptions
  readonly #marked = new Map<PieceId, string>()
  /** By element (and combos, where they matter) and period: the number of the pairs of classes that hold it. */
  readonly #values = new Map<string, number>()
  readonly #pairs: (readonly (readonly [dx: number, pe: number])[])[] = []
  /** By org unit: the number of the classes that hold it or one above it. */
  readonly #places = new Map<string, number>()
  readonly #placeNumbers = new Map<string, number>()
  readonly #placeClasses: (readonly number[])[] = []
  readonly #done = new Set<number>()
  readonly #periods = new Map<string, readonly number[]>()

  constructor(options: MarksOptions) {
    this.#options = options
    const [dx, pe, ou] = [new AxisClasses(), new AxisClasses(), new AxisClasses()]
    for (const { id, covers } of options.pieces) {
      if (!covers) continue
      const [d, p, o] = [dx.add(covers['dx']), pe.add(covers['pe']), ou.add(covers['ou'])]
      const key = keyOf(d, p, o)
      const brick = this.#bricks.get(key)
      if (brick) brick.pieces.push(id)
      else this.#bricks.set(key, { dx: d, pe: p, ou: o, pieces: [id] })
    }
    this.#dx = dx
    this.#pe = pe
    this.#ou = ou
    for (const need of options.needs) {
      const { element, optionCombo, attributeCombo } = need
      const others = this.#needs.get(element)
      if (others) others.push(need)
      else this.#needs.set(element, [need])
      if (optionCombo ?? attributeCombo) this.#withCombos.add(element)
    }
  }

  /** The pieces that are marked so far, each with why. */
  get marked(): ReadonlyMap<PieceId, string> {
    return this.#marked
  }

  /** Marks what shows a value: its element, operands and indicators, in all periods that it reaches, there and above. */
  change(change: Change): void {
    const value = this.#valueOf(change)
    const place = this.#placeOf(change.orgUnit)
    const both = value * manyClasses + place
    if (this.#done.has(both)) return
    this.#done.add(both)
    for (const [dx, pe] of this.#pairs[value]!) {
      for (const ou of this.#placeClasses[place]!) this.#mark(keyOf(dx, pe, ou), 'values have changed')
    }
  }

  /** Marks a piece, with why. */
  add(id: PieceId, why: string): void {
    if (!this.#marked.has(id)) this.#marked.set(id, why)
  }

  /**
   * Marks what has one of these data items, periods and org units, with why. What is left out stands for all.
   */
  items(
    why: string,
    wanted: {
      readonly dx?: Iterable<string> | undefined
      readonly pe?: Iterable<string> | undefined
      readonly ou?: Iterable<string> | undefined
    },
  ): void {
    const [dxs, pes, ous] = [
      new Set(this.#dx.holding(wanted.dx)),
      new Set(this.#pe.holding(wanted.pe)),
      new Set(this.#ou.holding(wanted.ou)),
    ]
    for (const [key, { dx, pe, ou }] of this.#bricks) {
      if (dxs.has(dx) && pes.has(pe) && ous.has(ou)) this.#mark(key, why)
    }
  }

  #mark(key: number, why: string): void {
    for (const id of this.#bricks.get(key)?.pieces ?? []) {
      this.add(id, why)
    }
  }

  #valueOf({ dataElement, categoryOptionCombo, attributeOptionCombo, period }: Change): number {
    const key = this.#withCombos.has(dataElement)
      ? `${dataElement}.${categoryOptionCombo}.${attributeOptionCombo}|${period}`
      : `${dataElement}|${period}`
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const pairs = new Map<string, readonly [number, number]>()
    for (const need of this.#needs.get(dataElement) ?? []) {
      if (isOther(need.optionCombo, categoryOptionCombo)) continue
      if (isOther(need.attributeCombo, attributeOptionCombo)) continue
      for (const dx of this.#dx.of(need.item)) {
        for (const pe of this.#periodsOf(period, need)) pairs.set(`${dx} ${pe}`, [dx, pe])
      }
    }
    this.#pairs.push([...pairs.values()])
    this.#values.set(key, this.#pairs.length - 1)
    return this.#pairs.length - 1
  }

  #periodsOf(period: string, { reach }: Need): readonly number[] {
    const { before, after, toDate, everBefore } = reach
    const key = `${period} ${before} ${after} ${toDate} ${everBefore}`
    const known = this.#periods.get(key)
    if (known) return known
    const { spanOf } = this.#options
    const span = spanOf(period)
    const found = this.#pe.where((shown) => reaches(span, spanOf(shown), reach))
    this.#periods.set(key, found)
    return found
  }

  #placeOf(orgUnit: string): number {
    const known = this.#places.get(orgUnit)
    if (known !== undefined) return known
    const classes = this.#ou.holding(this.#options.aboveOf(orgUnit))
    const key = classes.join()
    const number = this.#placeNumbers.get(key) ?? this.#placeClasses.push(classes) - 1
    this.#placeNumbers.set(key, number)
    this.#places.set(orgUnit, number)
    return number
  }
}

/** A million lists of data items, eight thousand of periods and a million of org units have numbers of their own. */
function keyOf(dx: number, pe: number, ou: number): number {
  return (dx * 2 ** 13 + pe) * 2 ** 20 + ou
}

/** Whether a value of one combo can't be what is asked for of another. */
function isOther(asked: string | undefined, found: string | undefined): boolean {
  return asked !== undefined && found !== undefined && asked !== found
}
