/** Strikes the credentials of a request out of a text; `isCut` says that one may lie across an end of it. */
export type Conceal = (text: string, isCut: boolean) => string

const concealers = new WeakMap<object, Conceal>()

/** How much of a body is kept by an error, in characters. */
const keptCharacters = 256 * 1024

/** From here on errors that belong to this request, which is known by its identity, are told without its credentials. */
export function concealWith(request: object, conceal: Conceal): void {
  concealers.set(request, conceal)
}

/** Text of a server's without the credentials of the request it answers. It may have been cut out of a longer one. */
export function concealed(request: object, text: string): string {
  return concealers.get(request)?.(text, true) ?? text
}

/**
 * Strikes the credentials of a request out of an error and what caused it: out of the message, the stack and all details
 * that came from the server, parsed bodies with their keys included. Of one that `isNew` nobody has seen the stack.
 */
export function concealError(
  error: Error,
  details: readonly string[],
  request: object,
  isNew: boolean,
): void {
  const conceal = concealers.get(request)
  if (!conceal) return
  const fields = error as unknown as Record<string, unknown>
  for (const name of details) {
    const before = fields[name]
    if (typeof before === 'number') continue
    const after = concealedValue(before, conceal)
    fields[name] = after
    // A message quotes an excerpt, of which only the excerpt shows that it was cut inside a secret.
    if (typeof before !== 'string' || before === after || before === '') continue
    const quote = JSON.stringify(before)
    rewrite(error, (text) => text.replaceAll(quote, () => JSON.stringify(after)), !isNew)
  }
  for (const each of withCauses(error, new Set())) {
    rewrite(each, (text) => conceal(text, true), each !== error || !isNew)
  }
}

/** An error and those behind it, each once. */
function* withCauses(error: unknown, seen: Set<unknown>): Generator<Error> {
  if (!(error instanceof Error) || seen.has(error)) return
  seen.add(error)
  yield error
  yield* withCauses(error.cause, seen)
  if (!(error instanceof AggregateError)) return
  for (const each of error.errors) yield* withCauses(each, seen)
}

function rewrite(error: Error, change: (text: string) => string, isStackRead: boolean): void {
  const { message } = error
  const after = change(message)
  if (after === message) return
  replace('message', after)
  // A stack repeats the message as it was when somebody first looked at it.
  const { stack } = isStackRead ? error : {}
  if (stack?.includes(message))
    replace(
      'stack',
      stack.replaceAll(message, () => after),
    )

  function replace(name: string, value: string) {
    Object.defineProperty(error, name, { value, writable: true, configurable: true })
  }
}

/** Of a parsed body a copy, as far as it is kept. Not by recursion: what a server sends nests as deep as it likes. */
function concealedValue(root: unknown, conceal: Conceal): unknown {
  if (typeof root === 'string') return conceal(root, true)
  let left = keptCharacters
  const open: [from: object, to: object][] = []
  const copyOf = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) {
      const to = Array.isArray(value) ? [] : {}
      open.push([Array.isArray(value) ? value.slice(0, keptCharacters) : value, to])
      return to
    }
    const text = String(value)
    left -= text.length + 1
    if (typeof value !== 'string' && typeof value !== 'number') return value
    const after = conceal(text.slice(0, keptCharacters), false)
    return after === text ? value : after
  }
  const copy = copyOf(root)
  for (let next = open.pop(); next; next = open.pop()) {
    const [from, to] = next
    for (const key in from) {
      if (left < 0) break
      // By definition, as `__proto__` is a key like others here.
      Object.defineProperty(to, Array.isArray(to) ? key : (copyOf(key) as string), {
        value: copyOf((from as Record<string, unknown>)[key]),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }
  return copy
}
