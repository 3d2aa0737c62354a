// Which callee of a shared registration gets a call (specification: "Shared Registration").

import type { Ids } from '../ports/clock.ts'
import type { Callee, InvocationPolicy, Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'

/** The policy of a REGISTER with checked options; `single` when absent. */
export function invocationPolicy(invoke: unknown): InvocationPolicy {
  return (invoke as InvocationPolicy | undefined) ?? 'single'
}

/** Chooses the callee for the next call; undefined where the key of the call decides. */
export function chooseCallee(registration: Registration, ids: Ids): Callee | undefined {
  const { callees } = registration
  switch (registration.invoke) {
    case 'single':
    case 'first':
      return callees[0]
    case 'last':
      return callees[callees.length - 1]
    case 'random':
      return callees[ids.choose(callees.length)]
    case 'roundrobin': {
      const at = registration.next < callees.length ? registration.next : 0
      registration.next = at + 1
      return callees[at]
    }
    case '_sharded':
      return undefined // The key of the call decides (dealer.ts).
  }
}

/**
 * Chooses another callee for a call, as if the callees tried did not exist (specification: "Call Re-Routing").
 * @returns undefined when all were tried
 */
export function chooseAnother(registration: Registration, tried: ReadonlySet<Session>, ids: Ids): Callee | undefined {
  const { callees, next } = registration
  if (registration.invoke === 'roundrobin') {
    for (let i = 0; i < callees.length; i++) {
      const at = (next + i) % callees.length
      const callee = callees[at]
      if (callee === undefined || tried.has(callee.session)) continue
      registration.next = at + 1
      return callee
    }
    return undefined
  }
  const rest = callees.filter(({ session }) => !tried.has(session))
  if (registration.invoke === 'random' && rest.length > 0) return rest[ids.choose(rest.length)]
  return registration.invoke === 'last' ? rest[rest.length - 1] : rest[0]
}

/** Removes a callee and keeps the turn of the others. */
export function removeCallee(registration: Registration, index: number): void {
  registration.callees.splice(index, 1)
  if (index < registration.next) registration.next--
}
