/**
 * The error that Node itself ends what was aborted with. Rows need one: where all of them have come and are not read yet,
 * a pipeline that they leave without an error waits for their end for ever.
 */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
