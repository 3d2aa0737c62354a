// Errors by their origin: the peer (ProtocolError), the user of this API (UsageError), the application (ApplicationError).
// Each has a stable `code`. Any other exception is a bug of this project.

import { PROTOCOL_VIOLATION } from './error-uris.ts'
import type { Dict } from './messages.ts'
import { EMPTY_DICT } from './messages.ts'

/** The peer broke a rule of the protocol. The session ends with ABORT and `uri`. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code = 'TL_PROTOCOL'
  /** The reason URI for the ABORT. */
  readonly uri: string

  constructor(message: string, uri: string = PROTOCOL_VIOLATION) {
    super(message)
    this.uri = uri
  }
}

/** A use of this API that cannot work: a bad URI, a call on a closed session, an option out of range. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: string

  constructor(message: string, code = 'TL_USAGE', options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** A WAMP ERROR: the peer sent it, or an application throws it to choose the error that the caller gets. */
export class ApplicationError extends Error {
  override readonly name = 'ApplicationError'
  readonly code = 'TL_APPLICATION'
  readonly uri: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  /** ERROR.Details; empty for an error made by the application. */
  readonly details: Dict

  /**
   * @param uri the error URI, for example `com.example.out_of_stock`
   * @param args positional data; if the first value is a string, it is the text of the error
   * @param kwargs named data
   * @param details ERROR.Details of a received error; not sent
   */
  constructor(uri: string, args: readonly unknown[] = [], kwargs: Readonly<Record<string, unknown>> = {}, details: Dict = EMPTY_DICT) {
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri)
    this.uri = uri
    this.args = args
    this.kwargs = kwargs
    this.details = details
  }
}
