import { Transform } from 'node:stream'
import { endingWell } from '../streams/ending.ts'
import type { Gives, gives } from '../streams/gives.ts'

/** A transform of this package. */
export abstract class Stage extends endingWell(Transform) {
  abstract readonly [gives]: Gives
}
