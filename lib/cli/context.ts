/** What a command is given besides its options, and says in the end. */
export interface Context {
  /** Aborted where the user wants it to end. */
  readonly signal: AbortSignal
  /** The exit status where nothing has failed, 0 unless the command says otherwise. */
  status: number
}
