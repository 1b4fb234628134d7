/** 32 bits of two numbers: the same ones for the same two, and no pattern to be seen. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f)
  return hash ^ (hash >>> 16)
}

/** A share from 0 up to 1. */
export function shareOf(hash: number): number {
  return (hash >>> 0) / 4_294_967_296
}

export function hashOfText(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = mix(hash, text.charCodeAt(at))
  return hash
}
