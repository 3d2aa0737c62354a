// What operators see of the traffic of a router. Types only: the core calls a witness when something happens, and never waits for it.

import type { MatchPolicy, Payload } from '@trunkline/protocol'

/** A session that does something, or to which something is done. */
export interface Actor {
  readonly id: number
  readonly identity: { readonly authid: string; readonly authrole: string }
  /** A session of the router itself. */
  readonly isInternal: boolean
}

/** A registration or subscription, as far as a witness sees it. */
export interface Entry {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
}

/** A call on its way to a callee. */
export interface CallOnItsWay {
  readonly caller: Actor
  /** Another one after the call was passed on to another callee. */
  readonly callee: Actor
  readonly registration: Entry
}

/** What ended a call besides its outcome. */
export interface CallAnswer {
  /** The URI of the callee's error. */
  readonly error?: string | undefined
  /** Valid only during the turn. */
  readonly payload?: Payload | undefined
}

/** Called once, when a call has ended. `outcome` is a `CallOutcome`. */
export type OnCallEnd = (call: CallOnItsWay, outcome: string, answer: CallAnswer | undefined) => void

/** A CALL. Its payload is valid only during the turn. */
export interface CallSeen {
  readonly procedure: string
  readonly payload: Payload | undefined
}

/** A PUBLISH. Its payload is valid only during the turn. */
export interface EventSeen {
  readonly topic: string
  readonly payload: Payload | undefined
}

/** A request that was refused before it had an effect. */
export interface RefusedRequest {
  readonly uri: string
  /** Valid only during the turn. */
  readonly payload: Payload | undefined
  readonly kind: 'call' | 'publish' | 'register' | 'subscribe'
  /** Of calls a `CallOutcome`; else `denied` or `refused`. */
  readonly outcome: string
  readonly error: string
}

/** Sees the messages that a router routes. Every method returns at once, and never throws. */
export interface TrafficWitness {
  /** A call that is about to go to a callee. @returns what is to be called when it has ended; undefined: nothing */
  called(realm: string, call: CallOnItsWay, request: CallSeen): OnCallEnd | undefined
  /** @param deliveries events that were sent to subscribers, or queued for them */
  published(realm: string, publisher: Actor, event: EventSeen, deliveries: number): void
  refused(realm: string, by: Actor, request: RefusedRequest): void
}

/** What sessions begin or end besides calls and events. */
export type TableChange = 'join' | 'leave' | 'register' | 'unregister' | 'subscribe' | 'unsubscribe'

/** Sees who comes and goes. Returns at once, and never throws. @param entry absent of `join` and `leave` */
export type ChangeWitness = (change: TableChange, realm: string, by: Actor, entry?: Entry) => void
