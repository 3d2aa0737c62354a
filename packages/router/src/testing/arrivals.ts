// For tests: clients that connect over each kind of transport and log in with a ticket or without.

import type { TransportInfo } from '@trunkline/router'
import type { TestPeer, World } from '@trunkline/testkit'
import { helloDetails } from '@trunkline/testkit'

/** How a client connects. */
export interface Arrival {
  readonly realm?: string | null
  readonly authid?: string
  readonly methods?: readonly string[]
  readonly ticket?: string
  readonly info?: Partial<TransportInfo>
}

/** A client that has sent HELLO, and AUTHENTICATE where it was challenged and has a ticket. */
export interface Arrived {
  readonly peer: TestPeer
  /** `authid role realm`, the method of a challenge that it has no ticket for, or the reason of the refusal. */
  readonly outcome: unknown
}

/** Connects a client. */
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

/** The result of a login by the last of some messages; undefined where none has come yet. */
export function outcomeOf(messages: readonly (readonly unknown[])[]): unknown {
  const [type, second, third] = messages.at(-1) ?? []
  if (type === 4) return `challenged by ${String(second)}`
  if (type !== 2) return third
  const { authid, authrole, realm } = third as Readonly<Record<string, unknown>>
  return `${String(authid).replace(/-\d+$/, '')} ${String(authrole)} ${String(realm)}`
}
