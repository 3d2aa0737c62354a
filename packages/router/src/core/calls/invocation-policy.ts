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

/** Chooses another callee for a call: the first of {@link others}; undefined when all were tried. */
export function chooseAnother(registration: Registration, tried: ReadonlySet<Session>, ids: Ids): Callee | undefined {
  for (const callee of others(registration, tried, ids)) return callee
  return undefined
}

/**
 * Chooses one callee after the other for a call, as if those tried before did not exist (specification: "Call Re-Routing"); all of
 * them in time that grows with their number only. The callees must not change meanwhile.
 */
export function* others(registration: Registration, tried: ReadonlySet<Session>, ids: Ids): Generator<Callee, undefined> {
  const { callees, next, invoke } = registration
  if (invoke === 'roundrobin') {
    for (let i = 0; i < callees.length; i++) {
      const at = (next + i) % callees.length
      const callee = callees[at]
      if (callee === undefined || tried.has(callee.session)) continue
      registration.next = at + 1
      yield callee
    }
    return undefined
  }
  const rest = callees.filter(({ session }) => !tried.has(session))
  while (rest.length > 0) yield* rest.splice(placeIn(rest, invoke, ids), 1)
}

function placeIn({ length }: readonly Callee[], invoke: InvocationPolicy, ids: Ids): number {
  if (invoke === 'random') return ids.choose(length)
  return invoke === 'last' ? length - 1 : 0
}

/** Removes a callee and keeps the turn of the others. */
export function removeCallee(registration: Registration, index: number): void {
  registration.callees.splice(index, 1)
  if (index < registration.next) registration.next--
}

/** Whether another callee of the registration may take a call. */
export function isShared({ invoke }: Registration): boolean {
  return invoke !== 'single' && invoke !== '_sharded'
}
