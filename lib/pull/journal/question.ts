import { DatasetError } from '../../errors.ts'
import type { DatasetHead } from '../store.ts'

type Question = DatasetHead['question']

/** @throws DatasetError where a dataset holds another question, with what differs. */
export function checkQuestion(known: Question, asked: Question): void {
  const differences = differencesOf(known, asked)
  if (differences.length === 0) return
  throw new DatasetError(
    `This dataset holds another question; take another name for this one. It differs in\n${differences.join('\n')}`,
    { differences },
  )
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
