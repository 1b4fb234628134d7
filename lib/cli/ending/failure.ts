/** What kinds of failure there are, and the exit status of each. */
export const statusOf = {
  /** Of this program, not of its user. */
  internal: 1,
  usage: 2,
  auth: 3,
  server: 4,
  network: 5,
  data: 6,
  disk: 7,
  incomplete: 8,
} as const

export type FailureKind = keyof typeof statusOf

/** A failure in a person's terms: what happened, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  readonly remedy: string

  constructor(kind: FailureKind, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.remedy = remedy
  }
}

/** A mistake in what was typed. */
export function usage(message: string, remedy: string): Failure {
  return new Failure('usage', message, remedy)
}
