// Exceptions of procedures: the callee's program gets the whole exception, the caller gets an id that finds it.

import { ApplicationError, PayloadError, RUNTIME_ERROR } from '@trunkline/protocol'
import { textOf } from './error-text.ts'
import type { Report } from './report.ts'

/** Reports an exception and returns the error for the caller. */
export type Explain = (exception: unknown, procedure: string) => ApplicationError

/** The options of a session for exceptions. */
export interface ExplainOptions {
  readonly errorUri?: string | undefined
  readonly exposeErrors?: boolean | undefined
  readonly random?: (() => number) | undefined
}

/** An exception may hold confidential data: callers get its text only with `exposeErrors`. */
export function createExplain({ errorUri, exposeErrors, random = Math.random }: ExplainOptions, report: Report): Explain {
  return (exception, uri) => {
    const id = random().toString(36).slice(2, 10).padEnd(8, '0')
    report(exception, 'procedure', { uri, id })
    const own = exception instanceof PayloadError ? exception.uri : undefined
    const text = exposeErrors === true || own !== undefined ? textOf(exception) : `${uri} failed; its own log says why, under ${id}`
    return new ApplicationError(own ?? errorUri ?? RUNTIME_ERROR, [text], { id })
  }
}
