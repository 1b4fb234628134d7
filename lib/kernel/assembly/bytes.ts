/** Bytes that mean something in JSON or in CSV. */
export const tab: u8 = 0x09
export const lineFeed: u8 = 0x0a
export const carriageReturn: u8 = 0x0d
export const quote: u8 = 0x22
export const apostrophe: u8 = 0x27
export const plus: u8 = 0x2b
export const comma: u8 = 0x2c
export const minus: u8 = 0x2d
export const point: u8 = 0x2e
export const slash: u8 = 0x2f
export const zero: u8 = 0x30
export const nine: u8 = 0x39
export const equals: u8 = 0x3d
export const at: u8 = 0x40
export const openBracket: u8 = 0x5b
export const backslash: u8 = 0x5c
export const closeBracket: u8 = 0x5d

/** `null`, `true` and `alse` as a load of four bytes has them. */
export const nullWord: u32 = 0x6c6c756e
export const trueWord: u32 = 0x65757274
export const alseWord: u32 = 0x65736c61

/** Copies `length` bytes, 16 at a time: up to 15 behind them are overwritten, and as many read behind the source. */
export function copy(to: u32, from: u32, length: u32): void {
  for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i))
}

/** The index behind digits. */
export function behindDigits(from: u32): u32 {
  let i = from
  while (load<u8>(i) - zero < 10) i++
  return i
}

export function isExponent(byte: u8): bool {
  return (byte | 0x20) === 0x65
}
