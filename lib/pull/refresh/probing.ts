import type { Asker } from '../../asking/asker.ts'
import { isoPeriod } from '../../periods/iso-period.ts'
import type { Axes } from './axes.ts'
import { type Reach, samePeriod } from './expressions.ts'
import type { Hierarchy } from './hierarchy.ts'
import type { Known } from './known.ts'
import type { Need } from './needs.ts'
import type { PieceMarks } from './piece-marks.ts'
import { askProbe, cellOf, drifted, type ProbeAxes, partsOfCell } from './probes.ts'
import { isoSpan, reaches } from './reach.ts'
import { topsOf } from './tops.ts'

/** The coarse questions of a dataset: its topmost org units by year, and those right below. */
export class Probing {
  readonly #asker: Asker
  readonly #axes: Axes
  readonly #years: readonly string[]
  readonly #tops: readonly string[]
  readonly #below: readonly string[]
  readonly #hierarchy: Hierarchy
  readonly #needs: readonly Need[]
  /** What was answered before, and of what. */
  readonly #was = new Map<string, string>()
  readonly #asked: ProbeAxes | undefined

  constructor(
    asker: Asker,
    axes: Axes,
    hierarchy: Hierarchy,
    needs: readonly Need[],
    known: readonly Known[],
  ) {
    this.#asker = asker
    this.#axes = axes
    this.#hierarchy = hierarchy
    this.#needs = needs
    this.#tops = topsOf(axes.ou, hierarchy)
    const tops = new Set(this.#tops)
    this.#below = [...hierarchy.parents].flatMap(([id, parent]) => (tops.has(parent) ? [id] : []))
    this.#years = yearsOf(axes.pe)
    for (const { probes = {} } of known) {
      for (const [cell, value] of Object.entries(probes)) {
        if (value === null) this.#was.delete(cell)
        else this.#was.set(cell, value)
      }
    }
    this.#asked = known.findLast(({ probedAxes }) => probedAxes)?.probedAxes
  }

  /** What is asked: by item, year and org unit. */
  get axes(): ProbeAxes {
    return { dx: this.#axes.dx, pe: this.#years, ou: [...this.#tops, ...this.#below] }
  }

  /**
   * Asks of the topmost org units again, where answers differ of those right below, and marks the pieces that hold what
   * differs. Of `touched` cells it is known that values have changed.
   */
  async mark(marks: PieceMarks, touched: ReadonlySet<string>): Promise<number> {
    const asked = this.#asked
    if (!asked) return 0
    const dx = asked.dx.filter((item) => this.#axes.dx.includes(item))
    const pe = asked.pe.filter((year) => this.#years.includes(year))
    const differing = async (items: readonly string[], years: readonly string[], ou: readonly string[]) => {
      const both = ou.filter((id) => asked.ou.includes(id))
      const is = await this.#ask({ dx: items, pe: years, ou: both })
      const cells = items.flatMap((item) => years.flatMap((year) => both.map((id) => cellOf(item, year, id))))
      const untouched = cells.filter((cell) => !touched.has(cell))
      return drifted(this.#was, is, untouched).map(partsOfCell)
    }
    const tops = await differing(dx, pe, this.#tops)
    if (tops.length === 0) return 0
    const [items, years] = [unique(tops.map((cell) => cell.dx)), unique(tops.map((cell) => cell.pe))]
    const below = await differing(items, years, this.#below)
    for (const cell of tops) {
      const parts = below.filter(({ dx, pe }) => dx === cell.dx && pe === cell.pe)
      // What is entered at the top itself, or adds up to the same, may be anywhere.
      const ou = parts.length ? unique(parts.flatMap((part) => this.#around(part.ou))) : undefined
      for (const { item, reach } of this.#alike(cell.dx)) {
        marks.items('coarse answers differ', { dx: [item], pe: this.#within(cell.pe, reach), ou })
      }
    }
    return tops.length
  }

  /** Asks all of it, or what has one of these cells, and says what is other than before. */
  async renewed(cells: ReadonlySet<string> | undefined): Promise<Record<string, string | null>> {
    const parts = cells && [...cells].map(partsOfCell)
    const axes: ProbeAxes = parts
      ? {
          dx: unique(parts.map(({ dx }) => dx)),
          pe: unique(parts.map(({ pe }) => pe)),
          ou: unique(parts.map(({ ou }) => ou)),
        }
      : this.axes
    const is = await this.#ask(axes)
    const other: Record<string, string | null> = {}
    for (const dx of axes.dx) {
      for (const pe of axes.pe) {
        for (const ou of axes.ou) {
          const cell = cellOf(dx, pe, ou)
          if (this.#was.get(cell) !== is.get(cell)) other[cell] = is.get(cell) ?? null
        }
      }
    }
    return other
  }

  #ask(axes: ProbeAxes): Promise<Map<string, string>> {
    return askProbe(this.#asker, axes, this.#axes.others, this.#axes.api)
  }

  /** Those of the question that lie below an org unit or above it. */
  #around(orgUnit: string): string[] {
    const above = this.#hierarchy.aboveOf(orgUnit)
    return [...above, ...this.#axes.ou.filter((id) => this.#hierarchy.aboveOf(id).includes(orgUnit))]
  }

  /** An item and all that are made of the same data elements, which may show it in other periods, and not by year. */
  #alike(item: string): { item: string; reach: Reach }[] {
    const elements = new Set(this.#needs.filter((need) => need.item === item).map(({ element }) => element))
    return [{ item, reach: samePeriod }, ...this.#needs.filter(({ element }) => elements.has(element))]
  }

  #within(year: string, reach: Reach): string[] {
    const span = isoSpan(year)
    return this.#axes.pe.filter((period) => reaches(span, isoSpan(period), reach))
  }
}

function yearsOf(periods: readonly string[]): string[] {
  const years = new Set<string>()
  for (const period of periods) {
    const span = isoPeriod(period)
    if (!span) continue
    for (let year = Number(span.from.slice(0, 4)); year <= Number(span.to.slice(0, 4)); year++)
      years.add(String(year))
  }
  return [...years].toSorted()
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}
