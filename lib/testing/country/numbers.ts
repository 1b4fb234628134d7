/** A number as the server's Java writes it: `90.0`, `101.47`, `1.0E-4`. */
export function javaDouble(number: number): string {
  const size = Math.abs(number)
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = '', exponent] = number.toExponential().split('e')
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
  }
  return Number.isInteger(number) ? `${number}.0` : String(number)
}

/** To two decimals, unless the client wants none of that. */
export function rounded(number: number, skips: boolean): number {
  return skips ? number : Math.round(number * 100) / 100
}
