/** How many bytes a number of SQLite's variable length takes: seven bits in each. Of up to 53 bits. */
export function varintLength(number: number): number {
  if (number < 0x80) return 1
  let length = 1
  for (let rest = number; rest >= 0x80; rest /= 0x80) length += 1
  return length
}

/** Writes it, and returns where it ends. */
export function writeVarint(bytes: Buffer, at: number, number: number): number {
  if (number < 0x80) {
    bytes[at] = number
    return at + 1
  }
  const end = at + varintLength(number)
  let rest = number
  for (let i = end - 1; i >= at; i--) {
    bytes[i] = (i === end - 1 ? 0 : 0x80) | (rest % 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return end
}
