const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const alphanumerics = `${letters}0123456789`

/** A source of numbers in [0, 1): the same ones, in the same order, for the same seed. */
export type Random = () => number

/** Mulberry32: small, fast, and good enough for data that only has to look alive. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

/** One item of a list that is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!
}

/** A DHIS2 uid: 11 alphanumeric characters, the first of them a letter. */
export function uid(random: Random): string {
  let text = pick(random, [...letters])
  while (text.length < 11) text += alphanumerics[Math.floor(random() * alphanumerics.length)]
  return text
}

/** Uids by number: a different one for each `row` below 2^32, without a list to remember them in. */
export function uidsByRow(random: Random): (row: number) => string {
  const prefix = uid(random).slice(0, 5)
  const pairs: string[] = []
  for (const first of alphanumerics) for (const second of alphanumerics) pairs.push(first + second)
  return (row) => {
    // An odd multiplier permutes the 32-bit numbers: neighbours look unrelated and none meet.
    const shuffled = Math.imul(row, 0x9e3779b1) >>> 0
    const low = shuffled % 3844
    const rest = (shuffled - low) / 3844
    const middle = rest % 3844
    return prefix + pairs[(rest - middle) / 3844]! + pairs[middle]! + pairs[low]!
  }
}
