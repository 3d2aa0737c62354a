// Where errors go that no promise can carry. Never swallows one without saying so here.

import type { Declared } from './reconnecting/declaration-state.ts'

/**
 * What an error came from.
 * - `event_handler`: the handler of a subscription, or of progressive results, failed.
 * - `payload`: an event could not be read: it holds what JavaScript cannot, or was not encrypted as it should be.
 * - `procedure`: a registered procedure failed in another way than by an ApplicationError, or returned what cannot be
 *   sent. Its caller got an ERROR.
 * - `router`: a message that fits no request or subscription of this session was ignored.
 * - `restoration`: a declared subscription or registration was refused, or taken away.
 * - `state_listener`: a listener for connection states failed.
 */
export type ErrorSource = 'event_handler' | 'payload' | 'procedure' | 'router' | 'restoration' | 'state_listener'

/** What an error is about, as far as it is known. */
export interface ErrorContext {
  /** The procedure, topic or pattern. */
  readonly uri?: string | undefined
  /** Of `procedure`: what the caller was given in place of the error. */
  readonly id?: string | undefined
  /** Of `restoration`: what was declared. */
  readonly declaration?: Declared | undefined
}

export type OnError = (error: unknown, source: ErrorSource, about: ErrorContext) => void

/** As its makers call it. */
export type Report = (error: unknown, source: ErrorSource, about?: ErrorContext) => void

/**
 * Makes the one function that takes such errors. Without `onError` they are thrown outside of any promise, so that the
 * platform shows them as uncaught; but what a peer sends may not make this program stop: exceptions of procedures are
 * printed with the id that their caller got, those of `router` and `payload` dropped.
 */
export function createReporter(onError: OnError | undefined): Report {
  return (error, source, about = {}) => {
    if (onError === undefined) {
      // oxlint-disable-next-line no-console -- The only place where a client prints: nobody else is told of it.
      if (source === 'procedure') console.error(`${about.uri} failed (${about.id}):`, error)
      else if (source !== 'router' && source !== 'payload') throwOutside(error)
      return
    }
    try {
      onError(error, source, about)
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
