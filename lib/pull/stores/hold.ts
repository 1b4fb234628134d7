import { DatasetError } from '../../errors.ts'
import type { Statements } from '../../sinks/load-steps.ts'
import type { PieceEvent } from '../store.ts'
import type { JournalTables } from './journal-tables.ts'

/** How a dataset is held: by one run, or by workers that share it. All of it inside the transaction that keeps something. */
export interface Hold {
  /** By what a run is known that has it alone. */
  readonly holder?: string
  /** Who else holds it keeps nothing from then on until the transaction ends. @throws where it was lost. */
  fence(statements: Statements): Promise<void>
  /** The number of what happens now. */
  next(statements: Statements): Promise<number>
  /** What is done besides, as this has happened. */
  kept(statements: Statements, event: PieceEvent): Promise<void>
  /** Nobody has it any more. */
  release(statements: Statements): Promise<void>
}

/** Of a run that has a dataset alone. */
export function ownHold(journal: JournalTables, holder: string, next: number): Hold {
  let number = next
  return {
    holder,
    async fence(statements) {
      if (await journal.renew(statements, holder)) return
      throw new DatasetError(
        'Another run has taken this dataset over: this one was not heard of for longer than two minutes. ' +
          'What it had written before is kept, what comes now is not',
      )
    },
    next: async () => number++,
    kept: async () => undefined,
    release: (statements) => journal.release(statements, holder),
  }
}
