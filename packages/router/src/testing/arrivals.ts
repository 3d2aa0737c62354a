// For tests: clients that come over connections of any kind and log in with a ticket or nothing. Judges nothing.

import type { TransportInfo } from '@trunkline/router'
import type { TestPeer, World } from '@trunkline/testkit'
import { helloDetails } from '@trunkline/testkit'

/** How a client comes. */
export interface Arrival {
  readonly realm?: string | null
  readonly authid?: string
  readonly methods?: readonly string[]
  readonly ticket?: string
  readonly info?: Partial<TransportInfo>
}

/** A client that has said HELLO, and AUTHENTICATE where it was challenged and has a ticket. */
export interface Arrived {
  readonly peer: TestPeer
  /** `authid role realm`, the method of a challenge that it has no ticket for, or the reason of the refusal. */
  readonly outcome: unknown
}

/** Lets a client come. */
export function arrive(world: World, { realm = 'realm1', authid, methods, ticket, info }: Arrival): Arrived {
  const peer = world.connect('json', { peer: '192.0.2.1:4000', isSecure: true, ...info })
  peer.say(1, realm, { ...helloDetails(), authmethods: methods ?? (ticket === undefined ? [] : ['ticket']), authid })
  const messages = peer.take()
  if (ticket !== undefined && messages[0]?.[0] === 4) {
    peer.say(5, ticket, {})
    return { peer, outcome: outcomeOf(peer.take()) }
  }
  return { peer, outcome: outcomeOf(messages) }
}

/** What the last of some messages says of a login; nothing where none has come yet. */
export function outcomeOf(messages: readonly (readonly unknown[])[]): unknown {
  const [type, second, third] = messages.at(-1) ?? []
  if (type === 4) return `challenged by ${String(second)}`
  if (type !== 2) return third
  const { authid, authrole, realm } = third as Readonly<Record<string, unknown>>
  return `${String(authid).replace(/-\d+$/, '')} ${String(authrole)} ${String(realm)}`
}
