// Reports errors that no promise can carry.

import type { Declared } from './reconnecting/declaration-state.ts'

/**
 * The origin of an error.
 * - `connection`: an attempt to connect failed, the first one since there has been no session, or one after which the client stopped.
 * - `event_handler`: the handler of a subscription, or of progressive results, failed.
 * - `payload`: an event could not be read: JavaScript cannot hold a value of it, or it was not encrypted as required.
 * - `procedure`: a registered procedure threw another error than an ApplicationError, or returned a value that cannot be
 *   sent. Its caller got an ERROR.
 * - `router`: a message that fits no request or subscription of this session was ignored.
 * - `restoration`: a declared subscription or registration was refused or revoked.
 * - `state_listener`: a listener for connection states failed.
 */
export type ErrorSource = 'connection' | 'event_handler' | 'payload' | 'procedure' | 'router' | 'restoration' | 'state_listener'

/** The context of an error, as far as it is known. */
export interface ErrorContext {
  /** The procedure, topic or pattern. */
  readonly uri?: string | undefined
  /** Of `procedure`: the id that the caller got in place of the error. */
  readonly id?: string | undefined
  /** Of `restoration`: the declaration. */
  readonly declaration?: Declared | undefined
}

export type OnError = (error: unknown, source: ErrorSource, about: ErrorContext) => void

/** The function that reports an error. */
export type Report = (error: unknown, source: ErrorSource, about?: ErrorContext) => void

/**
 * Makes the function that takes such errors. Without `onError` it throws them outside of any promise, so that the
 * platform shows them as uncaught. But messages of a peer must not end this program: it prints exceptions of procedures
 * with the id that the caller got, and ignores errors of `router` and `payload`.
 */
export function createReporter(onError: OnError | undefined): Report {
  return (error, source, about = {}) => {
    if (onError === undefined) {
      // oxlint-disable-next-line no-console -- The only place where a client prints: without `onError` the exception would be lost.
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
