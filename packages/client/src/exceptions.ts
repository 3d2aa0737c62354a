// What becomes of an exception of a procedure: this side hears of it whole, its caller of an id to ask for. Sends nothing.

import { ApplicationError, PayloadError, RUNTIME_ERROR } from '@trunkline/protocol'
import { textOf } from './error-text.ts'
import type { Report } from './report.ts'

/** Reports an exception and gives the error for the caller. */
export type Explain = (exception: unknown, procedure: string) => ApplicationError

/** What a session says of it. */
export interface ExplainOptions {
  readonly errorUri?: string | undefined
  readonly exposeErrors?: boolean | undefined
  readonly random?: (() => number) | undefined
}

/** An exception may hold what is nobody else's business: its text goes to callers only where `exposeErrors` says so. */
export function createExplain({ errorUri, exposeErrors, random = Math.random }: ExplainOptions, report: Report): Explain {
  return (exception, uri) => {
    const id = random().toString(36).slice(2, 10).padEnd(8, '0')
    report(exception, 'procedure', { uri, id })
    const own = exception instanceof PayloadError ? exception.uri : undefined
    const text = exposeErrors === true || own !== undefined ? textOf(exception) : `the procedure failed; its own log says why, under ${id}`
    return new ApplicationError(own ?? errorUri ?? RUNTIME_ERROR, [text], { id })
  }
}
