import { DatasetError } from '../../errors.ts'
import type { DatasetHead } from '../store.ts'

type Question = DatasetHead['question']

/** @throws DatasetError where a dataset holds another question, with what differs, which this one does not adopt. */
export function checkQuestion(known: Question, { question: asked, adopts }: DatasetHead): void {
  const differences = differencesOf(known, asked)
  if (differences.length === 0 || (adopts && known.server === asked.server)) return
  throw new DatasetError(
    `This dataset holds another question; take another name for this one, or refresh({ adopt: true }) to have what both ask for kept. It differs in\n${differences.join('\n')}`,
    { differences },
  )
}

/** Whether two ask the same, in whatever order. */
export function isSameQuestion(one: Question, other: Question): boolean {
  return differencesOf(one, other).length === 0
}

/** What differs, a line each: `-` is in the dataset, `+` is asked now. Where a parameter stands is no difference. */
function differencesOf(known: Question, asked: Question): string[] {
  const [before, now] = [linesOf(known), linesOf(asked)]
  return [
    ...without(before, now).map((line) => `- ${line}`),
    ...without(now, before).map((line) => `+ ${line}`),
  ]
}

function linesOf({ server, asked }: Question): string[] {
  return [`server ${server}`, ...asked.map(([name, value]) => `${name}=${value}`)]
}

/** What is in a list more often than in another. */
function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return list.filter((line) => {
    const at = left.indexOf(line)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
