// For tests: peers with any identity, named as `name@role`, so that a test can be about rights alone.

import type { Authenticate } from '@trunkline/router'
import type { TestPeer, World } from '@trunkline/testkit'

/** Accepts the identity `name@role` in the authid without a check. */
export const believing: Authenticate = ({ authid = '' }, _, next) => {
  const [name = '', role = ''] = authid.split('@')
  next({ accept: { authid: name, authrole: role, authmethod: 'test', authprovider: 'test' } })
}

/** Opens a session of that name and role, with the features for revocation and disclosure. */
export function joinAs(world: World, who: string, realm = 'realm1'): TestPeer {
  const peer = world.connect()
  const roles = {
    publisher: {},
    caller: {},
    subscriber: { features: { subscription_revocation: true } },
    callee: { features: { registration_revocation: true } },
  }
  peer.say(1, realm, { authid: who, roles })
  return peer.welcomed()
}

/** The error or the type of the one answer that came. */
export function answer(peer: TestPeer): unknown {
  const message = peer.takeOne()
  return message[0] === 8 ? message[4] : message[0]
}
