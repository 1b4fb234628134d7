import type { OrgUnit } from '../world.ts'

/** An org unit of the country. Where it stands changes with a move, in place. */
export interface Place extends OrgUnit {
  /** Its number in the list of all, in which those below a place come right behind it, up to `end`. */
  readonly at: number
  readonly end: number
  /** Whether none was below it when the country began: a facility, wherever it is moved. */
  readonly isLeaf: boolean
  readonly hash: number
}
