import { z } from 'zod'
import { holdsItems, type Label, labelsFor } from '../cells/item-names.ts'
import { orgUnitLevels } from '../cells/org-unit-levels.ts'
import { type Shape, validate } from '../checks/validate.ts'
import { QueryError, UnexpectedContentError } from '../errors.ts'
import type { Header, MetaData, Row } from '../grid/grid.ts'
import { indexOf } from '../rows/header-names.ts'
import { MappedColumn } from '../rows/mapped-column.ts'
import { cellsOf, neededHeaders, planWithoutHeaders, rowStage } from '../rows/row-stage.ts'
import type { TransformTo } from '../rows/row-stream.ts'
import { type StreamOptions, streamOptionsShape } from '../rows/stream-options.ts'

export interface LabelCellsOptions extends StreamOptions {
  /**
   * Which columns, by header name. Default those that hold ids of items: `dx`, `pe`, `ou`, every other dimension of
   * which `metaData` names the items, and columns with an option set.
   */
  columns?: readonly string[] | undefined
  /** A name takes the place of the id (`replace`), or stands in a column `ou.name` behind it (`add`). Default `replace`. */
  mode?: 'replace' | 'add' | undefined
  /**
   * What stands for an id: `name`, `code`, or with `mode: 'add'` both, `ou.name` and `ou.code`. Default `name`. What has no
   * code keeps its id.
   */
  labels?: Label | readonly Label[] | undefined
  /**
   * The levels of the org-unit hierarchy above the `ou` column, as columns `ou.level1`, `ou.level2`, … behind it, down
   * to the org unit itself; null below it. Names of the levels, topmost first, become those of the columns, which are
   * there whatever depth the answer has: `['Country', 'Region']`. Ask for it with `hierarchyMeta=true`, or `showHierarchy=true`. Default false.
   */
  hierarchy?: boolean | readonly string[] | undefined
}

const label = z.literal(['name', 'code'])

const schema = z.strictObject({
  ...streamOptionsShape,
  columns: z.array(z.string()).readonly().optional(),
  mode: z.literal(['replace', 'add'], { error: "must be 'replace' or 'add'" }).optional(),
  labels: z
    .union([label, z.array(label).min(1).readonly()], { error: "must be 'name', 'code', or a list of them" })
    .optional(),
  hierarchy: z
    .union([z.boolean(), z.array(z.string().min(1)).readonly()], {
      error: 'must be true, false, or the names of the levels',
    })
    .refine((names) => !Array.isArray(names) || new Set(names).size === names.length, {
      error: 'must name each level once',
    })
    .optional(),
} satisfies Shape<LabelCellsOptions>)

const text = { valueType: 'TEXT', type: 'java.lang.String' } as const

/** A column of the rows that leave: a cell of the rows that come, or what is made of it. */
interface LabelledColumn {
  readonly header: Header
  readonly from: number
  readonly make: ((cell: unknown) => unknown) | undefined
  readonly mapped: MappedColumn | undefined
}

/**
 * Rows in, rows with names out: `['fbfJHSPpUQD', '202401', 'ImspTQPwCqd', '12']` becomes
 * `['ANC 1st visit', 'January 2024', 'Sierra Leone', '12']`, or with `mode: 'add'`
 * `['fbfJHSPpUQD', 'ANC 1st visit', '202401', 'January 2024', …]` under `dx`, `dx.name`, `pe`, `pe.name`, ….
 *
 * Names come from `metaData.items`, on old servers `metaData.names`; those of options also by code. What has no name
 * keeps its id, in the column of names too. Level 1 of `hierarchy` is the topmost org unit the user has, and level
 * names with a slash are only told apart under `hierarchyMeta`. It belongs in front of `toObjects`.
 *
 * The stream fails with a QueryError where the answer has no names (`skipMeta=true`) or no hierarchy, where a column
 * is not there, and behind a stage that announces no headers; and with an UnexpectedContentError where `metaData` did
 * not come before the rows.
 */
export function labelCells<Cell = unknown>(
  options: LabelCellsOptions = {},
): TransformTo<(Cell | string | null)[], readonly Cell[]> {
  const checked = validate(schema, options, 'labelCells')
  if (checked.mode !== 'add' && [checked.labels ?? 'name'].flat().length > 1) {
    throw new QueryError("labelCells: one label takes the place of an id; for both say mode: 'add'")
  }
  return rowStage(
    'labelCells',
    checked,
    (upstream) => {
      const headers = neededHeaders('labelCells', upstream)
      if (headers.length === 0) return planWithoutHeaders('labelCells')
      let known = namedIn(upstream.metaData)
      const chosen = chosenColumns(headers, known, checked.columns)
      let columns = labelled(headers, known, chosen, checked)
      const announced = columns.map(({ header }) => header)
      const learn = () => {
        known = namedIn(upstream.metaData)
        columns = labelled(headers, known, chosen, checked)
        if (columns.length === announced.length) return
        throw new QueryError(
          'labelCells: org units of another depth came later; name all levels in hierarchy',
        )
      }
      return {
        headers: announced,
        step(row, rowNumber) {
          // A list tells of its items answer by answer.
          if (upstream.metaData !== known) learn()
          const cells = cellsOf('labelCells', row, headers.length, rowNumber)
          const made: Row = new Array(columns.length)
          for (let i = 0; i < columns.length; i++) {
            const { from, make } = columns[i]!
            made[i] = make ? make(cells[from]) : cells[from]
          }
          return made
        },
        block(block) {
          if (upstream.metaData !== known) learn()
          return {
            rowCount: block.rowCount,
            columns: columns.map(({ from, mapped }) => {
              const column = block.columns[from]!
              return mapped ? mapped.of(column) : column
            }),
          }
        },
      }
    },
    { takesBlocks: true },
  )
}

function namedIn(metaData: MetaData | undefined): MetaData {
  if (!metaData) {
    throw new UnexpectedContentError(
      'labelCells: no metaData came before the rows; ask for it (skipMeta=false), or where the server sends it behind ' +
        'them, get the whole grid with aggregate()',
    )
  }
  if (!metaData.items && !metaData.names) {
    throw new QueryError('labelCells: the answer has no names; ask for them (skipMeta=false)')
  }
  return metaData
}

function chosenColumns(
  headers: readonly Header[],
  metaData: MetaData,
  wanted: readonly string[] | undefined,
): ReadonlySet<number> {
  return new Set(
    wanted
      ? wanted.map((name) => indexOf('labelCells', headers, name))
      : [...headers.keys()].filter((i) => holdsItems(headers[i]!, metaData)),
  )
}

function labelled(
  headers: readonly Header[],
  metaData: MetaData,
  chosen: ReadonlySet<number>,
  { mode = 'replace', labels = 'name', hierarchy = false }: LabelCellsOptions,
): LabelledColumn[] {
  const kinds = [labels].flat() as Label[]
  const orgUnit = hierarchy ? indexOf('labelCells', headers, 'ou') : -1
  const levelNames: readonly string[] = Array.isArray(hierarchy) ? hierarchy : []
  const taken = headers.find(({ name }) => levelNames.includes(name))
  if (taken) {
    throw new QueryError(
      `labelCells: there is a column ${JSON.stringify(taken.name)}; name the level otherwise`,
    )
  }
  return headers.flatMap((header, from) => {
    const made = chosen.has(from) ? kinds.map((kind) => labelColumn(header, from, metaData, kind)) : []
    const asItIs = { header, from, make: undefined, mapped: undefined }
    const columns: LabelledColumn[] =
      mode === 'add' || !made[0] ? [asItIs, ...made] : [{ ...made[0], header: named(header) }]
    if (from !== orgUnit) return columns
    return [...columns, ...levelsOf(header, from, metaData, levelNames)]
  })
}

function labelColumn(header: Header, from: number, metaData: MetaData, kind: Label): LabelledColumn {
  const labelOf = labelsFor(header, metaData, kind)
  // Old servers send years as numbers.
  const make = (cell: unknown) =>
    typeof cell === 'string' || typeof cell === 'number' ? (labelOf(String(cell)) ?? cell) : cell
  return { header: besides(header, kind, kind), from, make, mapped: new MappedColumn(make) }
}

function levelsOf(
  header: Header,
  from: number,
  metaData: MetaData,
  names: readonly string[],
): LabelledColumn[] {
  const { depth, of } = orgUnitLevels(metaData, labelsFor(header, metaData))
  return Array.from({ length: Math.max(depth, names.length) }, (_, i) => {
    const make = (cell: unknown) => of(String(cell))[i] ?? null
    return {
      header:
        names[i] === undefined
          ? besides(header, `level${i + 1}`, `level ${i + 1}`)
          : { name: names[i], column: names[i], ...text, hidden: false, meta: true },
      from,
      make,
      mapped: new MappedColumn(make),
    }
  })
}

function named(header: Header): Header {
  return { ...header, ...text }
}

function besides({ name, column = name }: Header, suffix: string, label: string): Header {
  return { name: `${name}.${suffix}`, column: `${column} ${label}`, ...text, hidden: false, meta: true }
}
