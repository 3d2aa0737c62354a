// For tests: asks for the history of a topic, as a session would.

import type { TestPeer } from '@trunkline/testkit'

export const GET_EVENTS = 'wamp.subscription.get_events'
/** The topic whose events are kept. */
export const ORDERS = 'com.shop.orders'

interface StoredEventDict {
  readonly timestamp: string
  readonly subscription: number
  readonly publication: number
  readonly details: Record<string, unknown>
  readonly args?: unknown[]
  readonly kwargs?: Record<string, unknown>
}

/** Publishes with acknowledgement; returns the publication's id. */
export function publish(peer: TestPeer, args: unknown[], options: Record<string, unknown> = {}, topic = ORDERS): number {
  return peer.publish(topic, args, options)
}

/** The id of a subscription with subscribers or a history. */
export function subscriptionOf(peer: TestPeer, topic: string, match = 'exact'): number {
  return (peer.call('wamp.subscription.lookup', [topic, { match }])[3] as [number])[0]
}

/** The events that a query gives. */
export function eventsIn(peer: TestPeer, id: number, kwargs: Record<string, unknown> = {}): StoredEventDict[] {
  return (peer.call(GET_EVENTS, [id], kwargs)[3] ?? []) as StoredEventDict[]
}

/** The first argument of each event. */
export function valuesIn(peer: TestPeer, id: number, kwargs: Record<string, unknown> = {}): unknown[] {
  return eventsIn(peer, id, kwargs).map(({ args }) => args?.[0])
}
