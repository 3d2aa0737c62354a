// The frames in which a node tells others of its sessions, subscriptions and callees.

import type { Callee, Realm, Registration, Session, Subscription } from '../core/index.ts'
import type { ClaimFrame, InterestFrame, JoinFrame, Sharer } from './frames.ts'
import type { FrameGroup } from './paged-link.ts'

/** Of what sessions announce only this matters to other nodes. */
const TOLD_ROLES = ['callee.', 'subscriber.']

export function joinOf(realm: number, { id, identity, transport, roles }: Session): JoinFrame {
  const { authid, authrole, authmethod, authprovider } = identity
  const features = roles.filter((each) => TOLD_ROLES.some((role) => each.startsWith(role)))
  return { type: 'join', realm, session: id, authid, authrole, authmethod, authprovider, transport: transport.kind, features }
}

export function interestOf(realm: number, subscription: Subscription, ended?: number): InterestFrame {
  const { id, match, uri, created } = subscription
  return {
    type: 'interest',
    realm,
    subscription: id,
    match,
    uri,
    created,
    ended,
    sharers: ended === undefined ? sharersOf(subscription) : [],
  }
}

/** Those that get events with a key: not those that leave, but those that come. */
function sharersOf({ nodes, leaving, pending }: Subscription): Sharer[] {
  const sharers: Sharer[] = []
  for (const [session, node] of nodes ?? []) if (leaving?.has(session) !== true) sharers.push({ session: session.id, node })
  for (const [session, { node }] of pending ?? []) if (node !== undefined) sharers.push({ session: session.id, node })
  return sharers
}

export function claimOf(realm: number, registration: Pick<Registration, 'id' | 'uri' | 'match' | 'invoke'>, callee: Callee): ClaimFrame {
  const { id, uri, match, invoke } = registration
  const { session, stamp, wantsCaller, keepsTime, share } = callee
  const shards = share?.shards?.list
  return {
    type: 'claim',
    realm,
    registration: id,
    session: session.id,
    stamp,
    match,
    invoke,
    uri,
    standing: callee.standing,
    wantsCaller,
    keepsTime,
    share: share && { node: share.node, number: share.number, shards },
  }
}

/** What a realm has besides its sessions, which other nodes know by then. Each group is made when it is sent. */
export function* stateOf({ broker, dealer, sessions, testaments, definitions }: Realm, realm: number): Generator<FrameGroup> {
  for (const subscription of broker.subscriptions.values()) {
    const { subscribers, pending, history } = subscription
    if (subscribers.size > 0 || pending !== undefined || history !== undefined) yield [interestOf(realm, subscription)]
  }
  for (const registration of dealer.registrations.values())
    yield registration.callees.filter(isOfHere).map((callee) => claimOf(realm, registration, callee))
  yield [...dealer.claims.successors.own()].map(({ registration, callee }) => claimOf(realm, registration, callee))
  for (const kept of testaments.shared())
    yield kept.map(({ session: { id: session }, scope, publication }) => ({ type: 'testament', realm, session, scope, publication }))
  for (const { owner, kind, uri, payload, stamp } of definitions.all())
    if (sessions.has(owner.id)) yield [{ type: 'define', realm, session: owner.id, kind, uri, stamp, payload }]
  // The other node sends its own, too.
  yield [{ type: 'retained_digest', realm, digest: broker.retained.digest, isAsking: false }]
  yield [{ type: 'synced', realm }]
}

function isOfHere({ session, node }: Callee): boolean {
  return node === undefined && !session.isInternal && session.isMember
}
