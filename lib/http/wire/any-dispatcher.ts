import type { Dispatcher } from 'undici'

/** What is told of a request: of all that undici's handlers can hear, what 7 and 8 tell in the same words. */
export type Handler = Pick<
  Dispatcher.DispatchHandler,
  'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
>

/** What is asked of a dispatcher: those of undici 7 and of 8 have it, whose own types are none for each other. */
export interface AnyDispatcher {
  dispatch(options: Dispatcher.DispatchOptions, handler: Handler): boolean
}
