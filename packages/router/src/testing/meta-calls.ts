// What tests of the meta API share: a realm whose sessions may use it, calls, and its events.

import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'

const ADMIN_REALM = {
  anonymousRole: 'anonymous',
  roles: { anonymous: [...ALLOW_ALL, { uri: 'wamp.**', allow: ['call', 'subscribe'] }] },
} as const

/** `realm1` allows the meta API, `realm2` does not. */
export function metaWorld(): World {
  return new World({ realms: { realm1: ADMIN_REALM, realm2: OPEN_REALM } })
}

const requests = new WeakMap<TestPeer, number>()

export function nextRequest(peer: TestPeer): number {
  const request = (requests.get(peer) ?? 0) + 1
  requests.set(peer, request)
  return request
}

/** Calls; returns args of the RESULT, or the URI of the ERROR. */
export function call(peer: TestPeer, procedure: string, ...payload: unknown[]): unknown {
  const request = nextRequest(peer)
  peer.say(48, request, {}, procedure, ...payload)
  const answer = peer.take().find(([type, first, second]) => (type === 50 && first === request) || (type === 8 && second === request))
  if (answer === undefined) throw new Error(`no answer from ${procedure}`)
  return answer[0] === 50 ? (answer[3] ?? []) : answer[4]
}

/** Subscribes to topics; `taken` gives their events as [topic, args]. */
export function watching(world: World, topics: readonly string[], realm = 'realm1'): { watcher: TestPeer; taken: () => unknown[][] } {
  const watcher = world.join({ realm })
  const byId = new Map<unknown, string>()
  for (const topic of topics) {
    watcher.say(32, nextRequest(watcher), {}, topic)
    byId.set(watcher.takeOne()[2], topic.replace(/^wamp\./, ''))
  }
  const taken = (): unknown[][] => watcher.take().map((event) => [byId.get(event[1]), event[4]])
  return { watcher, taken }
}

export function say(peer: TestPeer, type: number, ...rest: unknown[]): unknown[] {
  peer.say(type, nextRequest(peer), ...rest)
  const answer = peer.take().find(([first]) => first !== 36)
  if (answer === undefined) throw new Error('no answer')
  return answer
}
