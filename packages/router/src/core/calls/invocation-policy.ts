// Which callee of a shared registration gets a call (specification: "Shared Registration").

import type { Ids } from '../ports/clock.ts'
import { calleeFor } from '../state/sharding.ts'
import type { Callee, InvocationPolicy, Registration } from '../state/registration.ts'
import { isCallable } from '../state/registration.ts'
import type { Session } from '../state/session.ts'

/** The policy of a REGISTER with checked options; `single` when absent. */
export function invocationPolicy(invoke: unknown): InvocationPolicy {
  return (invoke as InvocationPolicy | undefined) ?? 'single'
}

/** Chooses the callee for the next call; undefined where none may be called yet, and where the key of the call decides. */
export function chooseCallee(registration: Registration, ids: Ids): Callee | undefined {
  const callees = (registration.preferred ??= preferredOf(registration))
  switch (registration.invoke) {
    case 'single':
    case 'first':
      return callees[0]
    case 'last':
      return callees[callees.length - 1]
    case 'random':
      return callees[ids.choose(callees.length)]
    case 'roundrobin': {
      const at = placeOf(registration.next, callees)
      registration.next = at + 1
      return callees[at]
    }
    case '_sharded':
      return undefined // The key of the call decides (dealer.ts).
  }
}

/** Chooses another callee for a call: the first of {@link others}; undefined when all were tried. */
export function chooseAnother(registration: Registration, tried: ReadonlySet<Session> | undefined, ids: Ids): Callee | undefined {
  for (const callee of others(registration, tried, ids)) return callee
  return undefined
}

/** A call that came back without having been carried out. */
export interface CameBack {
  readonly tried: ReadonlySet<Session>
  readonly key: number | undefined
  readonly why: 'gone' | 'full'
}

/**
 * Chooses another callee for a call that came back. A call with a key goes to the callee that has the
 * key when those tried are left out; it goes to no callee where the queue of the one that has the key is full.
 */
export function chooseOther(registration: Registration, { tried, key, why }: CameBack, ids: Ids): Callee | undefined {
  if (registration.invoke !== '_sharded') return chooseAnother(registration, tried, ids)
  if (key === undefined || why === 'full') return undefined
  return calleeFor({ callees: registration.callees.filter(({ session }) => !tried.has(session)) }, key)
}

/**
 * Chooses one callee after the other for a call, as if those tried before did not exist (specification: "Call Re-Routing"); all of
 * them in time that grows with their number only. The callees must not change meanwhile.
 */
export function* others(registration: Registration, tried: ReadonlySet<Session> | undefined, ids: Ids): Generator<Callee, undefined> {
  const { invoke } = registration
  for (const callees of ranksOf(registration)) {
    if (invoke === 'roundrobin') {
      const next = placeOf(registration.next, callees)
      for (let i = 0; i < callees.length; i++) {
        const at = (next + i) % callees.length
        const callee = callees[at]
        if (callee === undefined || tried?.has(callee.session) === true) continue
        registration.next = at + 1
        yield callee
      }
    } else {
      const rest = callees.filter(({ session }) => tried?.has(session) !== true)
      while (rest.length > 0) yield* rest.splice(placeIn(rest, invoke, ids), 1)
    }
  }
  return undefined
}

function placeIn({ length }: readonly Callee[], invoke: InvocationPolicy, ids: Ids): number {
  if (invoke === 'random') return ids.choose(length)
  return invoke === 'last' ? length - 1 : 0
}

/** The place of the turn that comes next; 0 where there is none. */
function placeOf(next: number, { length }: readonly Callee[]): number {
  return next < length ? next : next % length || 0
}

/** The callees of which one gets the next call. */
function preferredOf(registration: Registration): readonly Callee[] {
  return ranksOf(registration).find((rank) => rank.length > 0) ?? []
}

/** Those that may be called: where the policy leaves a choice first those of this node; last those of nodes that are about to stop. */
function ranksOf({ callees, preferred, invoke, prefersOwn }: Registration): readonly (readonly Callee[])[] {
  if (preferred === callees) return [callees]
  const ready = callees.filter(isCallable)
  const [staying, draining] = split(ready, ({ node }) => node?.isDraining !== true)
  if (!prefersOwn || !(invoke === 'random' || invoke === 'roundrobin')) return [staying, draining]
  return [...split(staying, ({ node }) => node === undefined), draining]
}

function split(callees: readonly Callee[], isFirst: (callee: Callee) => boolean): [Callee[], Callee[]] {
  return [callees.filter(isFirst), callees.filter((callee) => !isFirst(callee))]
}

/** Inserts a callee in its order; where this router stands alone, that is the order of registration. */
export function insertCallee({ callees }: Registration, callee: Callee): void {
  let at = callees.length
  if (callee.stamp > 0) for (let last = callees[at - 1]; last !== undefined && isLater(last, callee); last = callees[at - 1]) at--
  callees.splice(at, 0, callee)
}

/** Whether a callee comes after another in the order that all nodes share. */
export function isLater(callee: Callee, other: Callee): boolean {
  return callee.stamp === other.stamp ? callee.session.id > other.session.id : callee.stamp > other.stamp
}

/** Removes a callee and keeps the turn of the others. */
export function removeCallee(registration: Registration, session: Session): Callee | undefined {
  const index = registration.callees.findIndex((callee) => callee.session === session)
  const [removed] = index < 0 ? [] : registration.callees.splice(index, 1)
  if (removed !== undefined && index < registration.next) registration.next--
  return removed
}

/** Whether another callee of the registration may take a call. */
export function isShared({ invoke }: Registration): boolean {
  return invoke !== 'single' && invoke !== '_sharded'
}
