// Where errors go that no promise can carry. Never swallows one without saying so here.

/**
 * What an error came from.
 * - `event_handler`: the handler of a subscription, or of progressive results, failed.
 * - `payload`: an event could not be read: it holds what JavaScript cannot, or was not encrypted as it should be.
 * - `procedure`: a registered procedure failed in another way than by an ApplicationError, or returned what cannot be
 *   sent. Its caller got an ERROR.
 * - `router`: a message that fits no request or subscription of this session was ignored.
 * - `restoration`: a declared subscription or registration was refused.
 * - `state_listener`: a listener for connection states failed.
 */
export type ErrorSource = 'event_handler' | 'payload' | 'procedure' | 'router' | 'restoration' | 'state_listener'

export type OnError = (error: unknown, source: ErrorSource) => void

/**
 * Makes the one function that takes such errors. Without `onError` they are thrown outside of any promise, so that the
 * platform shows them as uncaught; but those of `procedure`, `router` and `payload` are dropped: a caller was told of the
 * first, and nobody else may make this program stop by what he sends.
 */
export function createReporter(onError: OnError | undefined): OnError {
  return (error, source) => {
    if (onError === undefined) {
      if (source !== 'procedure' && source !== 'router' && source !== 'payload') throwOutside(error)
      return
    }
    try {
      onError(error, source)
    } catch (hookError) {
      throwOutside(hookError)
    }
  }
}

function throwOutside(error: unknown): void {
  if (typeof globalThis.reportError === 'function') return globalThis.reportError(error)
  queueMicrotask(() => {
    throw error
  })
}
