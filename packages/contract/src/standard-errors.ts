// The errors of the specification that programs ask for, in the form of a contract's own.

import { CANCELED, INVALID_ARGUMENT, NO_SUCH_PROCEDURE, NOT_AUTHORIZED, TIMEOUT, UNAVAILABLE } from '@trunkline/protocol'
import type { Fault } from './check.ts'
import type { ErrorEntry, ErrorSpec } from './entries.ts'
import { error } from './entries.ts'
import type { Schema } from './schema.ts'
import { type } from './schema.ts'
import type { None } from './shapes.ts'

/** The payload is not as the callee wants it. A callee or router that checked it by a contract says in `kwargs.issues` what is wrong. */
export const invalidArgument = /* @__PURE__ */ error(INVALID_ARGUMENT, {
  args: [/* @__PURE__ */ type<string | undefined>()],
  kwargs: /* @__PURE__ */ type<{ readonly issues?: readonly Fault[] }>(),
})
/** The caller, callee, publisher or subscriber has not the right to do that. */
export const notAuthorized = /* @__PURE__ */ withText(NOT_AUTHORIZED)
/** No callee is registered for the procedure. */
export const noSuchProcedure = /* @__PURE__ */ withText(NO_SUCH_PROCEDURE)
/** The call was cancelled; some routers spell that with two l. */
export const canceled = /* @__PURE__ */ alsoKnownAs(withText(CANCELED), 'wamp.error.cancelled')
/** The call took longer than its time limit. */
export const timedOut = /* @__PURE__ */ withText(TIMEOUT)
/** No callee can take the call now. */
export const unavailable = /* @__PURE__ */ withText(UNAVAILABLE)

interface WithText extends ErrorSpec {
  readonly args: readonly [Schema<string | undefined, string | undefined>]
}

function withText(uri: string): ErrorEntry<WithText> {
  return error(uri, { args: [type<string | undefined>()] })
}

function alsoKnownAs<D extends ErrorSpec>(entry: ErrorEntry<D>, uri: string): ErrorEntry<D> {
  const other = error<None>(uri)
  const one = error<None>(entry.uri)
  return Object.assign(entry, { is: (caught: unknown) => one.is(caught) || other.is(caught) }) as ErrorEntry<D>
}
