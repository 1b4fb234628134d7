/** A value that has no text in CSV or JSON. */
export class NoText extends TypeError {}

/**
 * The JSON of a value, which `JSON.stringify` would also make of what has none: null of NaN and of an Invalid Date, `{}`
 * of a Map, nothing of a function.
 *
 * @throws NoText where the value is, or holds, such a one; the TypeError of JSON for a circle or a bigint.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  refuseOdd(value)
  if (text === undefined) throw new NoText(`${nameOf(value)} has no JSON`)
  return text
}

/** After `JSON.stringify`, which finds circles. */
function refuseOdd(value: unknown): void {
  switch (typeof value) {
    case 'string':
      break
    case 'object':
      if (value !== null) refuseOddObject(value)
      break
    case 'number':
      if (!Number.isFinite(value)) throw new NoText(`${value} has no JSON`)
      break
    case 'function':
    case 'symbol':
      throw new NoText(`${nameOf(value)} has no JSON`)
  }
}

function refuseOddObject(value: object): void {
  if (Array.isArray(value)) {
    for (const each of value) refuseOdd(each)
  } else if (isPlain(value)) {
    for (const key in value) {
      const each = (value as Record<string, unknown>)[key]
      if (typeof each !== 'string') refuseOdd(each)
    }
  } else if (!hasText(value)) throw new NoText(`${nameOf(value)} has no JSON`)
}

/** An object of a class is one of its fields; of what keeps its content elsewhere, such as a Map, nothing would be left. */
function isPlain(value: object): boolean {
  if (Object.getPrototypeOf(value) === Object.prototype) return !hasOwnText(value)
  return Object.prototype.toString.call(value) === '[object Object]' && !hasOwnText(value)
}

/** Whether an object says what it is in text, as dates do. */
export function hasText(value: object): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return hasOwnText(value) && !ArrayBuffer.isView(value)
}

function hasOwnText(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** What it is, for an error. */
export function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  if (value instanceof Date) return 'an Invalid Date'
  const name = Object.prototype.toString.call(value).slice(8, -1)
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
}
